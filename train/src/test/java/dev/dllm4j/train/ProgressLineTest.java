package dev.dllm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressLineTest {
    private static final String TEXT = " 50 %, step 10, loss 1.2345, 99.0 samples/s, 0:10 left";

    @TempDir
    Path folder;

    @Test
    void aLineIsNarrowerThanItsTerminalWhateverThatIs() {
        for (int columns = 0; columns <= 120; columns++) {
            assertThat(ProgressLine.line(0.5, TEXT, columns)).hasSizeLessThan(Math.max(1, columns));
        }
        assertThat(ProgressLine.line(0.5, TEXT, 120)).isEqualTo("\u2501".repeat(12) + "\u2500".repeat(12) + " " + TEXT);
        assertThat(ProgressLine.line(0.5, TEXT, 60)).isEqualTo(TEXT);
        assertThat(ProgressLine.line(0.5, TEXT, 6)).isEqualTo(" 50 %");
    }

    @Test
    void anInterruptedRunIsToldHowToGoOn() throws IOException {
        assertThat(interrupted()).isEqualTo("dllm4j train: interrupted; there is no checkpoint yet, so start again\n");
        Files.writeString(folder.resolve("training.safetensors"), "");
        assertThat(interrupted())
                .isEqualTo(
                        "dllm4j train: interrupted; go on from the last checkpoint in " + folder + " with --resume\n");
    }

    private String interrupted() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ProgressLine line = new ProgressLine(new PrintStream(bytes, true, UTF_8), folder)) {
            line.interrupted();
        }
        return bytes.toString(UTF_8);
    }
}
