package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class GaugeTest {
    private static final String WORDS = "12 of 500, 98.1 % correct, \u8a9e\u8a9e";

    @Test
    void aLineIsNarrowerThanItsTerminalWhateverThatIs() {
        for (int columns = 1; columns <= 120; columns++) {
            for (double share : new double[] {0, 0.31, 1}) {
                for (boolean escapes : new boolean[] {true, false}) {
                    String line = new Gauge(share, WORDS).line(terminal(escapes), columns);
                    String seen = line.replaceAll("\u001b\\[[0-9;]*m", "");
                    assertThat(Columns.of(seen))
                            .as("%d columns: %s", columns, seen)
                            .isLessThan(columns);
                    assertThat(seen).doesNotContain("\u001b");
                }
            }
        }
    }

    @Test
    void theBarShrinksThenWordsGoThenTheBarThenWordsAreCut() {
        assertThat(new Gauge(0.5, "5 of 10, 50 %").line(terminal(false), 20))
                .isEqualTo("\u2501".repeat(2) + "\u2500".repeat(3) + " 5 of 10, 50 %");
        assertThat(new Gauge(0.5, "5 of 10, 50 %").line(terminal(false), 19))
                .isEqualTo("\u2501".repeat(5) + "\u2500".repeat(5) + " 5 of 10");
        Gauge gauge = new Gauge(0.5, "5 of 10");
        assertThat(gauge.line(terminal(false), 80)).isEqualTo("\u2501".repeat(15) + "\u2500".repeat(15) + " 5 of 10");
        assertThat(gauge.line(terminal(false), 17)).isEqualTo("\u2501".repeat(4) + "\u2500".repeat(4) + " 5 of 10");
        assertThat(gauge.line(terminal(false), 13)).isEqualTo("5 of 10");
        assertThat(gauge.line(terminal(false), 6)).isEqualTo("5 of\u2026");
        assertThat(gauge.line(terminal(false), 1)).isEmpty();
    }

    @Test
    void whatIsOpenLooksDifferentFromWhatIsDone() {
        assertThat(new Gauge(0.5, "x").line(terminal(true), 80))
                .isEqualTo("\u2501".repeat(15) + Style.DIM.of("\u2501".repeat(15)) + " x");
    }

    private static Terminal terminal(boolean escapes) {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
        return new Terminal(new ByteArrayInputStream(new byte[0]), nowhere, nowhere, true, true, escapes);
    }
}
