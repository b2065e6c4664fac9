package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertedModelsTest {
    @TempDir
    Path folder;

    private final AtomicInteger announcements = new AtomicInteger();

    @Test
    void theFirstUseConvertsAndTheSecondDoesNot() throws IOException {
        ConvertedModels models = new ConvertedModels(folder.resolve("new/cache"));
        Path first = models.get(BundledModel.STARTER, announcements::incrementAndGet);
        Path second = models.get(BundledModel.STARTER, announcements::incrementAndGet);
        assertThat(second).isEqualTo(first);
        assertThat(announcements).hasValue(1);
        assertThat(names(models.cache())).containsExactly("starter-" + BundledModel.STARTER.digest());
    }

    @Test
    void processesThatConvertAtTheSameTimeAllGetTheModel() throws Exception {
        ConvertedModels models = new ConvertedModels(folder);
        int processes = 4;
        ExecutorService executor = Executors.newFixedThreadPool(processes);
        try {
            Callable<Path> use = () -> models.get(BundledModel.STARTER, announcements::incrementAndGet);
            for (Future<Path> used : executor.invokeAll(
                    Stream.generate(() -> use).limit(processes).toList())) {
                ModelFolder.read(used.get()).verify();
            }
        } finally {
            executor.shutdown();
        }
        assertThat(names(folder)).containsExactly("starter-" + BundledModel.STARTER.digest());
    }

    @Test
    void aDamagedModelIsConvertedAgain() throws IOException {
        ConvertedModels models = new ConvertedModels(folder);
        Path model = models.get(BundledModel.STARTER, announcements::incrementAndGet);
        Files.delete(model.resolve("tokenizer.json"));
        assertThat(models.get(BundledModel.STARTER, announcements::incrementAndGet))
                .isEqualTo(model);
        assertThat(announcements).hasValue(2);
        byte[] graph = Files.readAllBytes(model.resolve("embed.onnx"));
        graph[graph.length - 1] ^= 1;
        Files.write(model.resolve("embed.onnx"), graph);
        models.get(BundledModel.STARTER, announcements::incrementAndGet);
        assertThat(announcements).hasValue(3);
        ModelFolder.read(model).verify();
        assertThat(names(folder)).hasSize(1);
    }

    @Test
    void whatAKilledConversionLeftIsDeletedByTheNext() throws IOException {
        Path left = Files.createDirectory(folder.resolve(".starter.work-1-a"));
        Files.createDirectory(left.resolve("checkpoint"));
        Files.createFile(folder.resolve(".starter.work-1-a.lock")); // nobody holds it
        new ConvertedModels(folder).get(BundledModel.STARTER, () -> {});
        assertThat(names(folder)).containsExactly("starter-" + BundledModel.STARTER.digest());
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamedWithARemedy() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> new ConvertedModels(file.resolve("cache")).get(BundledModel.STARTER, () -> {}))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("file/cache cannot be written", "--cache-dir");
    }

    @Test
    void onlyModelsAreListed() throws IOException {
        ConvertedModels models = new ConvertedModels(folder);
        assertThat(models.all()).isEmpty();
        Path model = models.get(BundledModel.STARTER, () -> {});
        Files.createDirectory(folder.resolve("a-folder"));
        Files.createFile(folder.resolve("a-file"));
        assertThat(models.all()).extracting(ModelFolder::path).containsExactly(model);
    }

    @Test
    void aCacheFolderThatDoesNotExistHoldsNothing() {
        assertThat(new ConvertedModels(folder.resolve("none")).all()).isEmpty();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
