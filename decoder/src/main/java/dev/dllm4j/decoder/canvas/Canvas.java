package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.CanvasChange.TakeBack;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Prompt and generation area of one sequence; the area starts as masks, maybe with fixed text between them, and fills in
 * any order. Mutable, confined to the thread that runs the sequence.
 */
public final class Canvas {
    private final int promptLength;
    private final int maskToken;
    private final Draft draft;
    private final int[] tokens;
    private final BitSet masked;

    private int length;
    private int settledEnd;
    /** Exclusive end of what is still decoded; after it masks stay. */
    private int frozenFrom;

    private boolean ended;
    /** Whether the settled prefix stays where it is. */
    private boolean held;

    /**
     * @param prompt token ids, fixed
     * @param genLength masked positions after the prompt
     */
    public Canvas(int[] prompt, int genLength, int maskToken) {
        this(prompt, Draft.masks(genLength), maskToken);
    }

    /**
     * @param prompt token ids, fixed
     * @param draft what stands after the prompt
     */
    public Canvas(int[] prompt, Draft draft, int maskToken) {
        this.promptLength = prompt.length;
        this.maskToken = maskToken;
        this.draft = draft;
        this.length = draft.pieceEnd(prompt.length, prompt.length);
        this.tokens = Arrays.copyOf(prompt, prompt.length + draft.length());
        this.masked = new BitSet(tokens.length);
        for (int place = 0; place < draft.length(); place++) {
            int position = promptLength + place;
            tokens[position] = draft.fixed(place) ? draft.token(place) : maskToken;
            masked.set(position, !draft.fixed(place) && position < length);
        }
        this.settledEnd = promptLength;
        this.frozenFrom = length;
    }

    /** Positions of prompt and generation area; shrinks by {@link #truncate} only, and only {@link #grow} adds some. */
    public int length() {
        return length;
    }

    public int promptLength() {
        return promptLength;
    }

    public int token(int position) {
        return tokens[check(position)];
    }

    /** Whether a position is still to be decoded. A mask token inside the prompt is text, not masked. */
    public boolean masked(int position) {
        return masked.get(check(position));
    }

    /** Positions still to be decoded. */
    public int masks() {
        return masked.cardinality();
    }

    /** Positions of {@code [from, to)} still to be decoded. */
    public int masks(int from, int to) {
        return masked.get(from, to).cardinality();
    }

    /** The first masked position at or after {@code from}, or {@link #length()} if none is left there. */
    public int nextMask(int from) {
        int next = masked.nextSetBit(from);
        return next < 0 ? length : next;
    }

    /** Exclusive end of the settled prefix: no mask lies before it, and nothing that may be replaced. */
    public int settledEnd() {
        if (!held) {
            settledEnd = Math.min(nextMask(settledEnd), frozenFrom);
        }
        return settledEnd;
    }

    /**
     * Keeps the settled prefix where it is: what is committed after it may be replaced until it is {@linkplain #release
     * released}, also once no mask is left there.
     */
    public void hold() {
        settledEnd();
        held = true;
    }

    /** Lets settle what was held. */
    public void release() {
        held = false;
    }

    /** Whether tokens after the settled prefix may be replaced. */
    public boolean held() {
        return held;
    }

    /** Whether a position's token was there from the start: of the prompt, or fixed text of the draft. */
    public boolean given(int position) {
        return check(position) < promptLength || draft.fixed(position - promptLength);
    }

    /** Whether a position was committed and may be taken back: not masked, fixed, or after a frozen end. */
    public boolean revisable(int position) {
        return token(position) != maskToken && !given(position) && position < frozenFrom;
    }

    /** Whether a position was committed and its token may be replaced. */
    public boolean replaceable(int position) {
        return held && position >= settledEnd && revisable(position);
    }

    /**
     * Makes a change.
     *
     * @throws IllegalStateException if the position is not what the change begins with
     */
    public void apply(CanvasChange change) {
        if (change instanceof Commit commit) {
            commit(commit.position(), commit.token());
        } else if (change instanceof TakeBack back) {
            takeBack(back.position());
        } else if (change instanceof Replace replace) {
            replace(replace);
        }
    }

    private void commit(int position, int token) {
        if (!masked(position)) {
            throw new IllegalStateException("position " + position + " is committed already");
        }
        if (token == maskToken) {
            throw new IllegalStateException("position " + position + " would be committed as the mask token");
        }
        tokens[position] = token;
        masked.clear(position);
    }

    private void replace(Replace change) {
        int position = change.position();
        if (!replaceable(position) || tokens[position] != change.old()) {
            throw new IllegalStateException("position " + position + " does not hold token " + change.old()
                    + " in a stretch that is held open; it cannot be replaced");
        }
        if (change.token() == maskToken) {
            throw new IllegalStateException("position " + position + " would be replaced by the mask token");
        }
        tokens[position] = change.token();
    }

    private void takeBack(int position) {
        if (!revisable(position)) {
            throw new IllegalStateException("position " + position + " was not committed; it cannot be taken back");
        }
        tokens[position] = maskToken;
        masked.set(position);
        settledEnd = Math.min(settledEnd, position);
    }

    /** Whether positions of a growing draft are left to take in; none are once the text has an end. */
    public boolean growable() {
        return !ended && length < tokens.length;
    }

    /** Takes in the next positions of a growing draft. */
    public void grow() {
        if (!growable()) {
            throw new IllegalStateException("the canvas has all its " + length + " positions, or its text has ended");
        }
        int longer = draft.pieceEnd(promptLength, length);
        for (int position = length; position < longer; position++) {
            masked.set(position, !draft.fixed(position - promptLength));
        }
        length = longer;
        frozenFrom = longer;
    }

    /** Drops every position from {@code end} on. */
    public void truncate(int end) {
        if (end < promptLength || end > length) {
            throw new IllegalArgumentException(
                    "end is " + end + "; it must be within [" + promptLength + ", " + length + "]");
        }
        masked.clear(end, length);
        ended = true;
        length = end;
        settledEnd = Math.min(settledEnd, end);
        frozenFrom = Math.min(frozenFrom, end);
    }

    /** Gives up the masks from {@code end} on: they stay where they are and are never decoded. */
    public void freeze(int end) {
        masked.clear(end, length);
        ended = true;
        frozenFrom = Math.min(frozenFrom, end);
    }

    /** Adds the masked positions of {@code [from, to)}, at most {@code limit} of them, leftmost first. */
    public void addMasks(int from, int to, int limit, Positions positions) {
        int added = 0;
        for (int position = nextMask(from); position < to && added < limit; position = nextMask(position + 1)) {
            positions.add(position);
            added++;
        }
    }

    /** The token ids of {@code [from, to)}, mask tokens included. */
    public int[] tokens(int from, int to) {
        return Arrays.copyOfRange(tokens, from, to);
    }

    private int check(int position) {
        if (position < 0 || position >= length) {
            throw new IndexOutOfBoundsException("position " + position + " of a canvas of " + length);
        }
        return position;
    }
}
