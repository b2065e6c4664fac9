package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.checkpoint.CheckpointTokens;
import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.family.SpecialTokens;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.decoder.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints of three families, as two versions of transformers save them, are read as transformers reads them. */
class SavedCheckpointsTest {
    private static final int ROWS = 448;

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0} saved by {1}")
    @CsvSource({"qwen2, 4.57.1", "qwen2, 5.24.0", "qwen3, 4.57.1", "qwen3, 5.24.0", "llama3, 4.57.1", "llama3, 5.24.0"})
    void textsAndConversationsBecomeTheSameTokens(String family, String version) throws IOException {
        assertAsTransformers(family, TokenizerSamples.path(family + "/" + version));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"qwen2", "qwen3"})
    void soTheyDoWhereTheTokenizerIsOneWrittenInPython(String family) throws IOException {
        Path checkpoint =
                TokenizerSamples.copy(TokenizerSamples.path(family + "/4.57.1"), folder.resolve("checkpoint"));
        Files.delete(checkpoint.resolve("tokenizer.json"));
        assertAsTransformers(family, checkpoint);
    }

    private void assertAsTransformers(String family, Path checkpoint) throws IOException {
        JsonNode expected = TokenizerSamples.json(family + "/expected.json");
        Path model = Files.createDirectory(folder.resolve("model"));
        TokenizerFiles.copy(checkpoint, model);
        List<String> texts = TokenizerSamples.texts(TokenizerSamples.json("texts.json"));
        List<String> prompts = TokenizerSamples.texts(expected.path("prompts"));
        try (Tokenizer tokenizer = HfTokenizer.read(model)) {
            assertTokens(tokenizer, texts, TokenizerSamples.ids(expected.path("ids")));
            assertTokens(tokenizer, prompts, TokenizerSamples.ids(expected.path("promptIds")));
            assertThat(TokenizerSamples.ids(expected.path("ids")).stream().map(tokenizer::decode))
                    .hasSize(200)
                    .isEqualTo(TokenizerSamples.texts(expected.path("decoded")));
        }
        assertThat(prompts(ChatTemplate.read(model).orElseThrow())).hasSize(40).isEqualTo(prompts);
        assertEnds(expected.path("config"), checkpoint);
    }

    private static void assertTokens(Tokenizer tokenizer, List<String> texts, List<int[]> ids) {
        assertThat(ids).hasSameSizeAs(texts);
        for (int text = 0; text < texts.size(); text++) {
            assertThat(tokenizer.encode(texts.get(text))).as(texts.get(text)).isEqualTo(ids.get(text));
        }
    }

    private static List<String> prompts(ChatTemplate template) throws IOException {
        List<List<Message>> conversations = TokenizerSamples.conversations();
        return IntStream.range(0, conversations.size())
                .mapToObj(number -> template.render(conversations.get(number), number % 2 == 0))
                .toList();
    }

    /** Ends of turn come after the configured ones. */
    private static void assertEnds(JsonNode expected, Path checkpoint) {
        CheckpointTokens tokens = CheckpointTokens.read(checkpoint, ROWS);
        tokens.requireRows();
        List<Integer> ends = JsonFile.MAPPER.convertValue(expected.path("eos_token_id"), new TypeReference<>() {});
        assertThat(SpecialTokens.configuredEnds(checkpoint, ConfigFile.read(checkpoint.resolve("config.json")), tokens))
                .containsExactlyElementsOf(ends);
    }

    @ParameterizedTest(name = "saved by {0}")
    @ValueSource(strings = {"4.57.1", "5.24.0"})
    void theConfigurationIsRead(String version) throws IOException {
        JsonNode expected = TokenizerSamples.json("qwen2/expected.json").path("config");
        HfConfig config = HfConfig.read(TokenizerSamples.path("qwen2/" + version));
        ModelSpec spec = config.spec();
        Map<String, Object> read = new TreeMap<>();
        read.put("vocab_size", spec.vocabulary());
        read.put("hidden_size", spec.hidden());
        read.put("intermediate_size", spec.feedForward().width());
        read.put("num_hidden_layers", spec.layers());
        read.put("num_attention_heads", spec.heads());
        read.put("num_key_value_heads", spec.kvHeads());
        read.put("max_position_embeddings", spec.context());
        read.put("rms_norm_eps", spec.norm().epsilon());
        read.put("rope_theta", spec.rotary().theta());
        read.put("tie_word_embeddings", config.tied());
        read.forEach((name, value) ->
                assertThat(expected.path(name).asText()).as(name).isEqualTo(value.toString()));
        assertThat(spec.endTokens()).containsExactly(420, 422);
        assertThat(spec.maskToken()).isEqualTo(424);
    }
}
