package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, UTF_8);

    @Test
    void aFrameIsDrawnOverTheOneBefore() {
        try (Screen screen = new Screen(out, () -> ScreenSize.USUAL)) {
            screen.draw(List.of("a", "b", "c"));
            assertThat(printed()).isEqualTo("<?2026h><?25l>\ra<K>\nb<K>\nc<K><J><?2026l>");
            screen.draw(List.of("d"));
            assertThat(printed()).isEqualTo("<?2026h><?25l>\r<2A>d<K><J><?2026l>");
        }
        assertThat(printed()).isEqualTo("\r<J><?25h>");
    }

    @Test
    void nothingIsDrawnOnceItIsClosed() {
        Screen screen = new Screen(out, () -> ScreenSize.USUAL);
        screen.close();
        printed();
        screen.draw(List.of("a"));
        screen.close();
        assertThat(printed()).isEmpty();
    }

    @Test
    void theSizeIsThatOfTheTerminal() {
        try (Screen screen = new Screen(out, () -> new ScreenSize(33, 11))) {
            assertThat(screen.size()).isEqualTo(new ScreenSize(33, 11));
        }
    }

    @Test
    void sttysAnswerIsRowsAndColumns() {
        assertThat(ScreenSize.read("24 100\n")).isEqualTo(new ScreenSize(100, 24));
        assertThat(ScreenSize.read("0 0\n")).isEqualTo(ScreenSize.USUAL);
        assertThat(ScreenSize.read("")).isEqualTo(ScreenSize.USUAL);
    }

    /** What came since the last call, escape sequences in angle brackets. */
    private String printed() {
        String printed = bytes.toString(UTF_8).replaceAll("\u001b\\[([?0-9]*[A-Za-z])", "<$1>");
        bytes.reset();
        return printed;
    }
}
