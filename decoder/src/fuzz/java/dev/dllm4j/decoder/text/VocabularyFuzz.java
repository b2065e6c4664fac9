package dev.dllm4j.decoder.text;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.io.IOException;

/** Any bytes as a tokenizer.json: what we read of it ourselves is refused as JSON, or ids are ids. */
public final class VocabularyFuzz {
    private VocabularyFuzz() {}

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(FuzzedDataProvider data) {
        byte[] json = data.consumeRemainingAsBytes();
        Vocabulary vocabulary;
        try {
            vocabulary = Vocabulary.parse(json);
        } catch (IOException | IllegalArgumentException refusal) {
            return;
        }
        vocabulary.ids().forEach((token, id) -> {
            if (id < 0) {
                throw new AssertionError("token " + token + " has id " + id);
            }
        });
    }
}
