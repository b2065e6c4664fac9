package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-30T08:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 1000",
                " 20 | 20000",
                "0 | 0",
                "1.5 | 1500",
                "120 | 120000",
                "121 | 120000",
                "999999999 | 120000",
                "Mon, 30 Nov 2026 08:00:07 GMT | 7000",
                "Mon, 30 Nov 2026 07:59:00 GMT | 0",
                "Fri, 30 Nov 2029 08:00:00 GMT | 120000",
                "-1 | 0",
                "soon | 0",
                "1e9 | 0",
                "99999999999999999999 | 0",
            })
    void aServerIsWaitedForAsItAsksUpToTwoMinutes(String header, long millis) {
        assertThat(RetryAfter.of(headers(Map.of("Retry-After", List.of(header))), NOW))
                .isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void millisecondsAreMoreExact() {
        assertThat(RetryAfter.of(headers(Map.of("retry-after", List.of("1"), "retry-after-ms", List.of("350"))), NOW))
                .isEqualTo(Duration.ofMillis(350));
        assertThat(RetryAfter.of(headers(Map.of()), NOW)).isZero();
    }

    private static HttpHeaders headers(Map<String, List<String>> map) {
        return HttpHeaders.of(map, (name, value) -> true);
    }
}
