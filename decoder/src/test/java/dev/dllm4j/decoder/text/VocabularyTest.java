package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    @Test
    void whatIsNotAnIdIsNone() throws IOException {
        assertThat(vocabulary(
                                "{\"model\":{\"vocab\":{\"a\":0,\"b\":\"1\",\"c\":{\"d\":2},\"e\":-3,\"f\":[4],\"g\":5}}}")
                        .ids())
                .containsOnlyKeys("a", "g")
                .containsEntry("g", 5);
    }

    /** The set of special ids takes a bit for every id below the largest. */
    @Test
    void anIdThatNoModelHasIsRefusedBeforeItTakesMemory() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        vocabulary("{\"added_tokens\":[{\"id\":2000000000,\"content\":\"<x>\",\"special\":true}]}"))
                .withMessage("an added token has id 2000000000; ids are within [0, 16777215]");
    }

    private static Vocabulary vocabulary(String json) throws IOException {
        return TokenizerFile.parse(json.getBytes(StandardCharsets.UTF_8)).vocabulary();
    }
}
