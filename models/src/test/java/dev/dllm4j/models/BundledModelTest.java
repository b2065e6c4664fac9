package dev.dllm4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledModelTest {
    @Test
    void modelsAreFoundByTheNamesUsersWrite() {
        assertThat(BundledModel.named("starter")).contains(BundledModel.STARTER);
        assertThat(BundledModel.named("starter-certainty")).contains(BundledModel.STARTER_CERTAINTY);
        assertThat(BundledModel.named("starter-rainbow")).contains(BundledModel.STARTER_RAINBOW);
        assertThat(BundledModel.named("starter-blocks")).contains(BundledModel.STARTER_BLOCKS);
        assertThat(BundledModel.named("STARTER")).isEmpty();
    }

    @Test
    void extractingCreatesTheFolderAndLeavesOutWhatIsNoCheckpoint(@TempDir Path folder) throws IOException {
        Path target = folder.resolve("a/b");
        BundledModel.STARTER.extract(target);
        assertThat(names(target))
                .containsExactly(
                        "config.json",
                        "filter.safetensors",
                        "model.safetensors",
                        "tokenizer.json",
                        "tokenizer_config.json");
    }

    @Test
    void everyModelIsACheckpointOfItsOwnWithTheSameWords(@TempDir Path folder) throws IOException {
        Set<String> digests = new HashSet<>();
        for (BundledModel model : BundledModel.values()) {
            Path checkpoint = folder.resolve(model.toString());
            model.extract(checkpoint);
            assertThat(names(checkpoint)).contains("config.json", "model.safetensors", "tokenizer_config.json");
            assertThat(Files.exists(checkpoint.resolve("filter.safetensors")))
                    .isEqualTo(model != BundledModel.STARTER_BLOCKS);
            assertThat(checkpoint.resolve("tokenizer.json"))
                    .hasSameBinaryContentAs(folder.resolve("starter/tokenizer.json"));
            assertThat(Files.size(checkpoint.resolve("model.safetensors"))).isLessThan(6_000_000);
            digests.add(model.digest());
        }
        assertThat(digests).hasSize(BundledModel.values().length);
    }

    @Test
    void extractingAgainRestoresADamagedFile(@TempDir Path folder) throws IOException {
        BundledModel.STARTER.extract(folder);
        byte[] config = Files.readAllBytes(folder.resolve("config.json"));
        Files.writeString(folder.resolve("config.json"), "{");
        BundledModel.STARTER.extract(folder);
        assertThat(folder.resolve("config.json")).hasBinaryContent(config);
    }

    @Test
    void theDigestIsStableAndFitForAFolderName() {
        assertThat(BundledModel.STARTER.digest()).matches("[0-9a-f]{8}").isEqualTo(BundledModel.STARTER.digest());
    }

    @Test
    void theQuestionsAreLinesOfJson() throws IOException {
        try (BufferedReader questions =
                new BufferedReader(new InputStreamReader(BundledModel.STARTER.questions(), StandardCharsets.UTF_8))) {
            List<String> lines = questions.lines().toList();
            assertThat(lines).hasSize(500).allSatisfy(line -> assertThat(line).contains("\"question\"", "\"answer\""));
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
