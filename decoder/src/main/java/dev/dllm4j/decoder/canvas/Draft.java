package dev.dllm4j.decoder.canvas;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a generation area starts with: slots of masks, and fixed tokens around them that never change. Immutable. */
public final class Draft {
    /** One piece, whatever the area's length. */
    private static final Blocks WHOLE = new Blocks(Integer.MAX_VALUE);

    private static final Draft EMPTY = new Draft(new int[0], new BitSet(), new TreeMap<>(), WHOLE);

    /** By place in the area; 0 at masks. */
    private final int[] tokens;

    private final BitSet fixed;
    /** What a stretch of fixed tokens was made from, by its first place. */
    private final SortedMap<Integer, String> texts;
    /** What a canvas takes in at once. */
    private final Blocks pieces;

    private Draft(int[] tokens, BitSet fixed, SortedMap<Integer, String> texts, Blocks pieces) {
        this.pieces = pieces;
        this.tokens = tokens;
        this.fixed = fixed;
        this.texts = texts;
    }

    /** An area of masks alone. */
    public static Draft masks(int count) {
        return EMPTY.thenMasks(count);
    }

    /** An area that begins with fixed tokens. */
    public static Draft text(int... ids) {
        return EMPTY.thenText(ids);
    }

    /**
     * An area of masks and fixed tokens, place by place.
     *
     * @param tokens by place, at least one
     * @param fixed places whose token is fixed; the others are masks
     */
    public static Draft of(int[] tokens, BitSet fixed) {
        if (tokens.length < 1) {
            throw new IllegalArgumentException("a draft has no places; it must have at least 1");
        }
        int[] placed = new int[tokens.length];
        for (int place = fixed.nextSetBit(0);
                place >= 0 && place < placed.length;
                place = fixed.nextSetBit(place + 1)) {
            placed[place] = tokens[place];
        }
        return new Draft(placed, fixed.get(0, placed.length), new TreeMap<>(), WHOLE);
    }

    /** Adds a slot after what is there. */
    public Draft thenMasks(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a slot has " + count + " masks; it must have at least 1");
        }
        return new Draft(Arrays.copyOf(tokens, tokens.length + count), fixed, texts, pieces);
    }

    /** Adds fixed tokens after what is there. */
    public Draft thenText(int... ids) {
        int[] longer = Arrays.copyOf(tokens, tokens.length + ids.length);
        System.arraycopy(ids, 0, longer, tokens.length, ids.length);
        BitSet more = (BitSet) fixed.clone();
        more.set(tokens.length, longer.length);
        return new Draft(longer, more, texts, pieces);
    }

    /**
     * Adds fixed tokens after what is there, and remembers their text: a tokenizer need not give back what it read.
     *
     * @param ids of the text, at least one
     */
    public Draft thenText(String text, int... ids) {
        SortedMap<Integer, String> more = new TreeMap<>(texts);
        more.put(tokens.length, text);
        Draft longer = thenText(ids);
        return new Draft(longer.tokens, longer.fixed, more, pieces);
    }

    /** The remembered text of the fixed stretch that starts at a place. */
    public Optional<String> textAt(int place) {
        return Optional.ofNullable(texts.get(place));
    }

    /** Exclusive end of the stretch at a place: a slot, or fixed tokens that were added together. */
    public int stretchEnd(int place) {
        int end = fixed(place) ? fixed.nextClearBit(place) : fixed.nextSetBit(place);
        int next = texts.tailMap(place + 1).isEmpty()
                ? tokens.length
                : texts.tailMap(place + 1).firstKey();
        return Math.min(end < 0 ? tokens.length : Math.min(end, tokens.length), next);
    }

    /**
     * An area whose canvas begins with its first positions, and takes in as many more whenever those are filled and the
     * text has not ended.
     */
    public Draft growing(int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException("a canvas grows by " + positions + "; it must grow by at least 1");
        }
        return growing(new Blocks(positions));
    }

    /** An area that a canvas takes in block by block; the first may be short where blocks are counted from the start. */
    public Draft growing(Blocks blocks) {
        return new Draft(tokens, fixed, texts, blocks);
    }

    /** Whether a canvas takes in the area piece by piece. */
    public boolean grows() {
        return !pieces.equals(WHOLE);
    }

    /** Most pieces that a canvas takes the area in, whatever the prompt's length. */
    public int pieces() {
        return grows() ? pieces.parts(tokens.length) : 1;
    }

    /** Most positions that a canvas takes in at once; at most the area's. */
    public int growth() {
        return Math.min(pieces.length(), tokens.length);
    }

    /** Exclusive end of the piece at a position of a canvas, or of the area where that ends before. */
    public int pieceEnd(int promptLength, int position) {
        return Math.min(pieces.end(promptLength, position), promptLength + tokens.length);
    }

    /** Positions of the area, fixed ones and masks. */
    public int length() {
        return tokens.length;
    }

    /** Positions to decode. */
    public int masks() {
        return tokens.length - fixed.cardinality();
    }

    /** Whether the area has text of its own. */
    public boolean hasText() {
        return !fixed.isEmpty();
    }

    /** Whether a 0-based place of the area is fixed. */
    public boolean fixed(int place) {
        return fixed.get(place);
    }

    /** The token at a fixed place. */
    public int token(int place) {
        if (!fixed(place)) {
            throw new IllegalStateException("place " + place + " of the draft is a mask");
        }
        return tokens[place];
    }
}
