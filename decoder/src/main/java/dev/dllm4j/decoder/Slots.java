package dev.dllm4j.decoder;

import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.text.Tokenizer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with slots to fill, written {@code The total is [MASK:4] apples.} */
final class Slots {
    private static final Pattern SLOT = Pattern.compile("\\[MASK:(\\d{1,7})]");

    private Slots() {}

    /** Each stretch of text is encoded by itself, so that the ids around a slot do not depend on its length. */
    static Draft read(String text, Tokenizer tokenizer) {
        Draft draft = Draft.text();
        Matcher slots = SLOT.matcher(text);
        int from = 0;
        while (slots.find()) {
            draft = withText(draft, text.substring(from, slots.start()), tokenizer);
            draft = draft.thenMasks(Integer.parseInt(slots.group(1)));
            from = slots.end();
        }
        if (from == 0) {
            throw new IllegalArgumentException(
                    "the text to fill has no slot; mark one by its number of tokens, e.g. [MASK:4]");
        }
        return withText(draft, text.substring(from), tokenizer);
    }

    private static Draft withText(Draft draft, String text, Tokenizer tokenizer) {
        if (text.isEmpty()) {
            return draft;
        }
        int[] ids = tokenizer.encode(text);
        if (ids.length == 0) {
            throw new IllegalArgumentException(
                    "the tokenizer makes nothing of '" + text + "' in the text to fill; write it otherwise");
        }
        return draft.thenText(text, ids);
    }
}
