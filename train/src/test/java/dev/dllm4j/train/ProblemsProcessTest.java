package dev.dllm4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code train problems} in a process of its own, which is ended in the middle. */
class ProblemsProcessTest {
    @TempDir
    Path folder;

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void aRunThatIsEndedLeavesNothing() throws Exception {
        Path out = folder.resolve("problems.jsonl");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.dllm4j.train.Main",
                        "problems",
                        "--count",
                        "10000000",
                        "--out",
                        out.toString())
                .redirectErrorStream(true)
                .redirectOutput(err.toFile())
                .start();
        Path part = folder.resolve(".problems.jsonl.part");
        while (process.isAlive() && bytes(part) < 100_000) {
            Thread.sleep(50);
        }
        assertThat(part).as(Files.readString(err)).exists();
        process.destroy();

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        try (var files = Files.list(folder)) {
            assertThat(files.toList()).containsExactly(err);
        }
    }

    private static long bytes(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }
}
