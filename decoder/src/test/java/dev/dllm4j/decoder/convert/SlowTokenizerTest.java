package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.checkpoint.SlowTokenizer;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Tokenizer;
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
        JsonEdit.change(checkpoint.resolve("tokenizer_config.json"), config -> {
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
        assertThat(tokenizer.at("/model/vocab").get("<|im_end|>").intValue()).isEqualTo(29);
        assertThat(tokenizer.at("/model/merges")).hasToString("[\"a b\",\"# #\"]");
        assertThat(tokenizer.at("/added_tokens/0"))
                .hasToString("{\"id\":29,\"content\":\"<|im_end|>\",\"single_word\":false,\"lstrip\":false,"
                        + "\"rstrip\":false,\"normalized\":false,\"special\":true}");
    }

    /** A folder as it was saved before tokenizer_config.json declared tokens. */
    @Test
    void oldAddedTokensHaveTheIdsTheirFileStates() throws IOException {
        Files.writeString(checkpoint.resolve("merges.txt"), "#version: 0.2\na b\n");
        JsonEdit.change(checkpoint.resolve("tokenizer_config.json"), config -> {
            config.remove("added_tokens_decoder");
            config.put("tokenizer_class", "Qwen2TokenizerFast");
        });
        Files.writeString(
                checkpoint.resolve("added_tokens.json"),
                "{\"<|eot_id|>\": 25, \"<|endoftext|>\": 28, \"<|mask|>\": 31}");
        ModelFolder model = Converter.convert(
                checkpoint, folder.resolve("model"), ConvertOptions.defaults(), ConvertProgress.SILENT);
        assertThat(model.spec().endTokens()).containsExactly(30, 28, 25);
        try (Tokenizer tokenizer = HfTokenizer.read(model.path())) {
            assertThat(tokenizer.encode("ab<|eot_id|><|endoftext|>")).containsExactly(2, 25, 28);
            assertThat(tokenizer.special(28)).isTrue();
        }
    }

    @Test
    void theFilesOfAnUnknownTokenizerDoNot() throws IOException {
        JsonEdit.change(checkpoint.resolve("tokenizer_config.json"), config -> config.put("tokenizer_class", "Other"));
        assertThat(SlowTokenizer.isIn(checkpoint)).isFalse();
    }
}
