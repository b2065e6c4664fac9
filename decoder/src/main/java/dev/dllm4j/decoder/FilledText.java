package dev.dllm4j.decoder;

import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.text.Tokenizer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The text of a generation area.
 *
 * @param decoded ids of the text that were decoded, not given
 */
record FilledText(String text, int decoded) {
    static FilledText of(int[] tokens, Tokenizer tokenizer) {
        return new FilledText(tokenizer.decode(tokens), tokens.length);
    }

    /** Fixed stretches read as they were given, to the letter; slots as their tokens read behind what precedes them. */
    static FilledText of(Draft draft, int[] generated, ModelSpec spec, Tokenizer tokenizer) {
        StringBuilder text = new StringBuilder();
        int decoded = 0;
        int[] before = {};
        for (int from = 0; from < generated.length; ) {
            int to = draft.stretchEnd(from);
            int[] ids = IntStream.range(from, to)
                    .map(place -> generated[place])
                    .filter(token -> !spec.outsideText(token))
                    .toArray();
            int[] preceding = before;
            text.append(draft.textAt(from).orElseGet(() -> behind(preceding, ids, tokenizer)));
            decoded += draft.fixed(from) ? 0 : ids.length;
            before = ids.length == 0 ? before : ids;
            from = to;
        }
        return new FilledText(text.toString(), decoded);
    }

    /** Many tokenizers drop the blank of a text's first token. */
    private static String behind(int[] before, int[] ids, Tokenizer tokenizer) {
        int[] both = Arrays.copyOf(before, before.length + ids.length);
        System.arraycopy(ids, 0, both, before.length, ids.length);
        String start = tokenizer.decode(before);
        String text = tokenizer.decode(both);
        return text.startsWith(start) ? text.substring(start.length()) : tokenizer.decode(ids);
    }
}
