package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlowTokenizerTest {
    @TempDir
    private Path folder;

    private Path checkpoint;

    /** As Dream's published checkpoints come. */
    @BeforeEach
    void publishWithoutTokenizerJson() throws IOException {
        checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), Shape.dream());
        Files.delete(checkpoint.resolve("tokenizer.json"));
        Files.writeString(checkpoint.resolve("vocab.json"), "{\"a\": 0, \"b\": 1, \"ab\": 2}");
        Files.writeString(checkpoint.resolve("merges.txt"), "#version: 0.2\na b\n# #\n");
        Edit.json(checkpoint.resolve("tokenizer_config.json"), config -> {
            config.put("tokenizer_class", "DreamTokenizer");
            config.putObject("added_tokens_decoder")
                    .putObject("29")
                    .put("content", "<|im_end|>")
                    .put("special", true);
        });
    }

    @Test
    void itsFilesBecomeATokenizerJson() throws IOException {
        ModelFolder model = Converter.convert(
                checkpoint, folder.resolve("model"), ConvertOptions.defaults(), ConvertProgress.SILENT);
        assertThat(model.spec().endTokens()).contains(29);
        assertThat(model.files()).containsKey("tokenizer.json");
        JsonNode tokenizer =
                JsonFile.MAPPER.readTree(model.file("tokenizer.json").toFile());
        assertThat(tokenizer.at("/model/vocab/ab").intValue()).isEqualTo(2);
        assertThat(tokenizer.at("/model/merges")).hasToString("[\"a b\",\"# #\"]");
        assertThat(tokenizer.at("/added_tokens/0"))
                .hasToString("{\"id\":29,\"content\":\"<|im_end|>\",\"special\":true}");
    }

    @Test
    void theFilesOfAnUnknownTokenizerDoNot() throws IOException {
        Edit.json(checkpoint.resolve("tokenizer_config.json"), config -> config.put("tokenizer_class", "Other"));
        assertThat(SlowTokenizer.isIn(checkpoint)).isFalse();
    }
}
