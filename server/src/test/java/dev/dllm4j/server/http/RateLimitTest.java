package dev.dllm4j.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitTest {
    @ParameterizedTest
    @CsvSource({"600, 100", "60, 1000", "7, 8572", "2, 30000", "1, 60000"})
    void whoIsToldWhenToComeAgainIsServedThen(int perMinute, long waitMillis) {
        AtomicLong now = new AtomicLong(5);
        RateLimit limit = new RateLimit(perMinute, now::get);
        for (int request = 0; request < perMinute; request++) {
            assertThat(limit.take("key")).isEmpty();
        }

        assertThat(limit.take("key")).isEqualTo(Optional.of(Duration.ofMillis(waitMillis)));
        assertThat(limit.take("another")).isEmpty();

        now.addAndGet(Duration.ofMillis(waitMillis - 1).toNanos());
        assertThat(limit.take("key")).isPresent();
        now.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(limit.take("key")).isEmpty();
    }
}
