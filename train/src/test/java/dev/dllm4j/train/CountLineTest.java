package dev.dllm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class CountLineTest {
    @Test
    void everyTenSecondsALineSaysHowMuchIsLeft() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long[] now = {0};
        CountLine line = new CountLine(new PrintStream(bytes, true, UTF_8), "problems", 100_000, () -> now[0]);

        for (int second = 1; second <= 25; second++) {
            now[0] = second * 1_000_000_000L;
            line.done(10 * second);
        }
        line.done(100_000);

        assertThat(bytes.toString(UTF_8).lines())
                .containsExactly(
                        "110 of 100000 problems, 2:46:29 left",
                        "220 of 100000 problems, 2:46:18 left",
                        "100000 of 100000 problems");
    }
}
