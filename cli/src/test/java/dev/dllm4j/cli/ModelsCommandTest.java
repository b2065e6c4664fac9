package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.CommandRun.Surroundings;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsCommandTest {
    @TempDir
    Path cache;

    @Test
    void bundledModelsAreListedBeforeTheirFirstUse() {
        assertThat(Surroundings.cache(cache).run("models")).isEqualTo(new CommandRun(0, """
                        starter: to be converted on first use
                        starter-certainty: to be converted on first use
                        starter-rainbow: to be converted on first use
                        starter-blocks: to be converted on first use
                        """, ""));
    }

    @Test
    void verifyingNamesTheFileThatIsNotWhatWasConverted() throws IOException {
        Path starter = new ConvertedModels(cache).get(BundledModel.STARTER, () -> {});
        CommandRun sound = CommandRun.of("models", "--verify", "--cache-dir", cache.toString());
        assertThat(sound.exitCode()).isZero();
        assertThat(sound.out().lines()).element(3).asString().startsWith("  verified, ");

        Path weights = starter.resolve("weights.bin");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[1000] ^= 1;
        Files.write(weights, bytes);
        CommandRun damaged = CommandRun.of("models", "--verify", "--cache-dir", cache.toString());
        assertThat(damaged.exitCode()).isEqualTo(1);
        assertThat(damaged.err())
                .startsWith("dllm4j: " + weights + " is not the file that was converted")
                .contains("convert");
        assertThat(CommandRun.of("models", "--cache-dir", cache.toString()).exitCode())
                .isZero();
    }

    @Test
    void convertedModelsAreListedWithTheirNumbers() throws IOException {
        Path starter = new ConvertedModels(cache).get(BundledModel.STARTER, () -> {});
        Path older = cache.resolve("starter-older");
        Files.move(starter, older);
        new ConvertedModels(cache).get(BundledModel.STARTER, () -> {});
        assertThat(CommandRun.of("models", "--cache-dir", cache.toString())
                        .out()
                        .lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("starter: converted, f32, llada, 6 layers, d 128, "),
                        line -> assertThat(line).isEqualTo("  size: 0.1 GB on disk, 0.3 GB in memory"),
                        line -> assertThat(line)
                                .isEqualTo("  recipe: window blocks(32), strategy threshold(0.9), cache none, stop eot,"
                                        + " gen length 128, steps 128"),
                        line -> assertThat(line).startsWith("starter-certainty: to be converted"),
                        line -> assertThat(line).startsWith("starter-rainbow: to be converted"),
                        line -> assertThat(line).startsWith("starter-blocks: to be converted"),
                        line -> assertThat(line).startsWith(older + ": converted, f32, llada, 6 layers"),
                        line -> assertThat(line).startsWith("  size: "),
                        line -> assertThat(line).startsWith("  recipe: "));
    }

    @Test
    void aFolderThatIsNamedIsListedByItself() {
        Path starter = new ConvertedModels(cache).get(BundledModel.STARTER, () -> {});

        CommandRun run = CommandRun.of("models", "--verify", starter.toString());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith(starter + ": converted, f32, llada, 6 layers"),
                        line -> assertThat(line).startsWith("  size: "),
                        line -> assertThat(line).startsWith("  recipe: window blocks(32), "),
                        line -> assertThat(line).startsWith("  verified, "));

        CommandRun none = CommandRun.of("models", cache.resolve("nothing").toString());
        assertThat(none.exitCode()).isEqualTo(1);
        assertThat(none.err()).startsWith("dllm4j: ").contains("nothing");
        assertThat(none.err().lines()).hasSize(1);
    }
}
