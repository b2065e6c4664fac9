package dev.dllm4j.eval;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * How long a server asks to be left alone: seconds or a date in {@code Retry-After}, or OpenAI's {@code retry-after-ms}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">RFC 9110, 10.2.3</a>
 */
final class RetryAfter {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final String NUMBER = "\\d{1,9}(\\.\\d{1,9})?";

    private RetryAfter() {}

    /** Nothing where the server asks for nothing that can be understood, two minutes where it asks for more. */
    static Duration of(HttpHeaders headers, Instant now) {
        Duration asked = headers.firstValue("retry-after-ms")
                .flatMap(number -> number(number, 1))
                .or(() -> headers.firstValue("Retry-After")
                        .flatMap(value -> number(value, 1000).or(() -> date(value, now))))
                .orElse(Duration.ZERO);
        return asked.compareTo(LONGEST) > 0 ? LONGEST : asked.isNegative() ? Duration.ZERO : asked;
    }

    private static Optional<Duration> number(String value, int millis) {
        return Optional.of(value.strip())
                .filter(number -> number.matches(NUMBER))
                .map(number -> Duration.ofMillis((long) Math.ceil(Double.parseDouble(number) * millis)));
    }

    private static Optional<Duration> date(String value, Instant now) {
        try {
            Instant then = ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(Duration.between(now, then));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
