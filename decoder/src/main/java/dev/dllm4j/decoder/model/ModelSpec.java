package dev.dllm4j.decoder.model;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The numbers of a model: sizes of its layers, and the token ids that have a meaning of their own.
 *
 * @param family name of the family whose checkpoints have this shape
 * @param vocabulary rows of the output matrix, at least the tokenizer's ids
 * @param hidden width of a hidden row, {@code d}
 * @param layers transformer blocks
 * @param heads attention heads of a query row
 * @param kvHeads attention heads of a key or value row; divides {@code heads} (grouped-query attention)
 * @param headWidth width of one head, even; free of hidden and heads
 * @param clip bound on the numbers of queries, keys and values before rotation; 0 for none
 * @param context most positions a canvas may have
 * @param maskToken id that stands for "not yet decoded"
 * @param endTokens ids that end a text, the one first that training takes
 * @param padTokens ids that only fill the canvas after an end token
 */
public record ModelSpec(
        String family,
        int vocabulary,
        int hidden,
        int layers,
        int heads,
        int kvHeads,
        int headWidth,
        FeedForward feedForward,
        int context,
        Rotary rotary,
        Norm norm,
        double clip,
        Sight sight,
        Readout readout,
        int maskToken,
        Set<Integer> endTokens,
        Set<Integer> padTokens) {
    /** Added to the logit of a token that must not be chosen; finite, so that an entropy stays a number. */
    public static final float FORBIDDEN = -1e9f;

    /** What the numbers of a file may be at most, a multiple of those of any model known, so that products stay numbers. */
    public static final int MOST_LAYERS = 1_000;

    /** Of all layers together, a multiple of those of any model known: every expert has its tensors and its nodes. */
    private static final int MOST_EXPERTS = 1 << 16;

    private static final int MOST_VOCABULARY = 1 << 24;
    private static final int MOST_WIDTH = 1 << 18;
    private static final int MOST_CONTEXT = 1 << 24;

    public ModelSpec {
        requireCount("vocabulary", vocabulary, MOST_VOCABULARY);
        requireCount("hidden", hidden, MOST_WIDTH);
        requireCount("layers", layers, MOST_LAYERS);
        requireCount("heads", heads, MOST_WIDTH);
        requireCount("kvHeads", kvHeads, MOST_WIDTH);
        requireCount("headWidth", headWidth, MOST_WIDTH);
        requireCount("context", context, MOST_CONTEXT);
        require(
                (long) heads * headWidth <= MOST_WIDTH,
                String.format(
                        Locale.ROOT,
                        "heads is %d and headWidth %d; their product must be at most %d",
                        heads,
                        headWidth,
                        MOST_WIDTH));
        require(heads % kvHeads == 0, "kvHeads is " + kvHeads + "; it must divide heads, " + heads);
        require(headWidth % 2 == 0, "headWidth is " + headWidth + "; rotary embedding needs an even one");
        require(
                rotary.width() <= headWidth,
                "rotated width is " + rotary.width() + "; it must be at most headWidth, " + headWidth);
        if (feedForward instanceof FeedForward.Experts experts) {
            long all = (long) layers * experts.count();
            require(
                    all <= MOST_EXPERTS,
                    "the model has " + all + " experts in " + layers + " layers; it must have at most " + MOST_EXPERTS);
        }
        require(clip >= 0 && Double.isFinite(clip), "clip is " + clip + "; it must be positive, or 0 for none");
        requireToken("maskToken", maskToken, vocabulary);
        endTokens = Collections.unmodifiableSet(new LinkedHashSet<>(endTokens));
        padTokens = Set.copyOf(padTokens);
        endTokens.forEach(token -> requireToken("endTokens", token, vocabulary));
        padTokens.forEach(token -> requireToken("padTokens", token, vocabulary));
        require(!endTokens.contains(maskToken), "maskToken is " + maskToken + "; it must not be an end token");
    }

    /** Floats of one position's query row. */
    public int queryWidth() {
        return heads * headWidth;
    }

    /** Floats of one position's key row, and of its value row. */
    public int kvWidth() {
        return kvHeads * headWidth;
    }

    /** Whether a token never belongs to a text: mask, end or padding. */
    public boolean outsideText(int token) {
        return token == maskToken || endTokens.contains(token) || padTokens.contains(token);
    }

    /**
     * Refuses ids that the model has no row for, which a tokenizer with a larger vocabulary may make.
     *
     * @param text what the ids are of, for the message
     */
    public void requireTokens(String text, int... ids) {
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(text + " has token " + id + "; the model has rows for tokens 0 to "
                        + (vocabulary - 1) + ", so leave out the text that becomes it");
            }
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s%s, %d layers, d %d, %d heads (%d kv), %s, vocabulary %d, context %d, mask %d, end %s",
                family,
                sight instanceof Sight.Everything ? "" : " (" + sight + ")",
                layers,
                hidden,
                heads,
                kvHeads,
                feedForward,
                vocabulary,
                context,
                maskToken,
                endTokens);
    }

    private static void requireCount(String name, int value, int most) {
        require(value > 0, name + " is " + value + "; it must be positive");
        require(value <= most, name + " is " + value + "; it must be at most " + most);
    }

    private static void requireToken(String name, int token, int vocabulary) {
        require(token >= 0 && token < vocabulary, name + " has " + token + "; ids are 0 to " + (vocabulary - 1));
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
