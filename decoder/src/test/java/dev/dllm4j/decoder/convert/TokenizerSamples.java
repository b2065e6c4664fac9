package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.text.Message;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The data that {@code .ci/check-tokenizers.py} makes with transformers. */
final class TokenizerSamples {
    private TokenizerSamples() {}

    static Path path(String name) {
        try {
            return Path.of(Objects.requireNonNull(ModelSpec.class.getResource("../tokenizers/" + name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(String name) throws IOException {
        return JsonFile.MAPPER.readTree(Files.readAllBytes(path(name)));
    }

    static List<String> texts(JsonNode list) {
        return JsonFile.MAPPER.convertValue(list, new TypeReference<>() {});
    }

    static List<int[]> ids(JsonNode lists) {
        return JsonFile.MAPPER.convertValue(lists, new TypeReference<>() {});
    }

    static List<List<Message>> conversations() throws IOException {
        List<List<Message>> conversations = new ArrayList<>();
        for (JsonNode conversation : json("conversations.json")) {
            List<Message> messages = new ArrayList<>();
            conversation.forEach(turn -> messages.add(
                    new Message(turn.path("role").asText(), turn.path("content").asText())));
            conversations.add(messages);
        }
        return conversations;
    }

    static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }
}
