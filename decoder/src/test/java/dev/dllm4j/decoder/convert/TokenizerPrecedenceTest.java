package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.CheckpointTokens;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.decoder.text.Tokenizer;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Of files that contradict each other, the one counts that counts for transformers 5.24.0. */
class TokenizerPrecedenceTest {
    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> filesThatContradictEachOther() throws IOException {
        JsonNode data = TokenizerSamples.json("cases.json");
        List<String> texts = TokenizerSamples.texts(data.path("texts"));
        assertThat(data.path("cases")).hasSizeGreaterThan(40);
        return StreamSupport.stream(data.path("cases").spliterator(), false)
                .map(each -> DynamicTest.dynamicTest(each.path("name").asText(), () -> assertCase(each, texts)));
    }

    private void assertCase(JsonNode each, List<String> texts) throws IOException {
        Path checkpoint = Files.createTempDirectory(folder, "checkpoint");
        Path model = Files.createTempDirectory(folder, "model");
        write(each, checkpoint);
        TokenizerFiles.copy(checkpoint, model);
        JsonNode expected = each.path("expected");
        assertTokens(model, texts, expected);
        for (Path read : List.of(checkpoint, model)) {
            assertThat(chat(read))
                    .as("chat")
                    .isEqualTo(Optional.ofNullable(expected.path("chat").textValue()));
            assertThat(named(read))
                    .isEqualTo(JsonFile.MAPPER.convertValue(
                            expected.path("named"), new TypeReference<Map<String, String>>() {}));
        }
    }

    private static void assertTokens(Path model, List<String> texts, JsonNode expected) {
        List<int[]> ids = TokenizerSamples.ids(expected.path("ids"));
        try (Tokenizer tokenizer = HfTokenizer.read(model)) {
            for (int text = 0; text < texts.size(); text++) {
                assertThat(tokenizer.encode(texts.get(text)))
                        .as(texts.get(text))
                        .isEqualTo(ids.get(text));
            }
            assertThat(ids.stream().map(tokenizer::decode).toList())
                    .isEqualTo(TokenizerSamples.texts(expected.path("decoded")));
        }
    }

    private static Optional<String> chat(Path read) {
        return ChatTemplate.read(read).map(template -> template.render(List.of(new Message("user", "Hi")), false));
    }

    private static Map<String, String> named(Path read) {
        Map<String, String> named = new TreeMap<>();
        TokenizerConfig.read(read, CheckpointTokens::json)
                .named()
                .forEach((name, token) -> named.put(name, token.content()));
        return named;
    }

    private static void write(JsonNode each, Path checkpoint) throws IOException {
        if (each.path("python").asBoolean()) {
            for (String name : List.of("vocab.json", "merges.txt")) {
                Files.copy(TokenizerSamples.path("qwen2/4.57.1/" + name), checkpoint.resolve(name));
            }
        } else {
            ObjectNode tokenizer = (ObjectNode) TokenizerSamples.json("llama3/5.24.0/tokenizer.json");
            if (each.has("added_tokens")) {
                tokenizer.set("added_tokens", each.path("added_tokens"));
            }
            JsonFile.MAPPER.writeValue(checkpoint.resolve("tokenizer.json").toFile(), tokenizer);
        }
        for (Map.Entry<String, JsonNode> file : each.path("files").properties()) {
            Path path = checkpoint.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            JsonNode content = file.getValue();
            Files.writeString(path, content.isTextual() ? content.textValue() : content.toString());
        }
    }
}
