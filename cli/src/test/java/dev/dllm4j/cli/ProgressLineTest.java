package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, UTF_8);

    @Test
    void itFitsTheTerminalAndGoes() {
        try (ProgressLine line = line(true, true)) {
            line.show("0123456789");
            assertThat(printed()).isEqualTo("\r<K><?7l>01234567\u2026<?7h>");
        }
        assertThat(printed()).isEqualTo("\r<K>");
    }

    @Test
    void withoutEscapeSequencesSpacesDrawOverTheLineBefore() {
        try (ProgressLine line = line(true, false)) {
            line.show("12345");
        }
        assertThat(bytes.toString(UTF_8)).isEqualTo("\r12345\r     \r");
    }

    @Test
    void elsewhereThanOnATerminalNothingIsSaid() {
        try (ProgressLine line = line(false, true)) {
            line.show("x");
        }
        assertThat(bytes.toString(UTF_8)).isEmpty();
    }

    @Test
    void anInterruptLeavesTheLineAndSaysHowToGoOn() {
        try (ProgressLine line = line(true, true)) {
            line.show("5 of 10");
            printed();
            line.interrupted();
            line.show("6 of 10");
        }
        assertThat(printed()).isEqualTo("\ndllm4j: interrupted; go on with --resume\n");
    }

    @Test
    void anInterruptAfterTheEndIsNoMatter() {
        ProgressLine line = line(true, true);
        line.close();
        printed();
        line.interrupted();
        assertThat(printed()).isEmpty();
    }

    private ProgressLine line(boolean draws, boolean escapes) {
        Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]), err, err, draws, draws, escapes);
        return new ProgressLine(terminal, "go on with --resume", () -> new ScreenSize(10, 24));
    }

    /** What came since the last call, escape sequences in angle brackets. */
    private String printed() {
        String printed = bytes.toString(UTF_8).replaceAll("\u001b\\[([?0-9]*[A-Za-z])", "<$1>");
        bytes.reset();
        return printed;
    }
}
