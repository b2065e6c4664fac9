package dev.dllm4j.decoder.text;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.io.IOException;

/**
 * Any bytes as a tokenizer.json, and any text for it: what is judged here before the library runs the file is refused,
 * or ids are ids and the parts of a text are the text.
 */
public final class TokenizerFileFuzz {
    private static final TextLimits LIMITS = new TextLimits(16, 64, 8);

    private TokenizerFileFuzz() {}

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(FuzzedDataProvider data) {
        String text = data.consumeString(200);
        byte[] json = data.consumeRemainingAsBytes();
        TokenizerFile file;
        try {
            file = TokenizerFile.parse(json);
        } catch (IOException | IllegalArgumentException refusal) {
            return;
        }
        file.vocabulary().ids().forEach((token, id) -> {
            if (id < 0) {
                throw new AssertionError("token " + token + " has id " + id);
            }
        });
        if (TokenFloor.of(file).of(text) > 4 * text.length()) {
            throw new AssertionError("more tokens are certain than the text has bytes");
        }
        try {
            String whole = String.join("", TextParts.of(file, LIMITS).of(text));
            if (!whole.equals(text)) {
                throw new AssertionError("the parts of " + text + " are " + whole);
            }
        } catch (IllegalArgumentException refusal) {
            // What it is for.
        }
    }
}
