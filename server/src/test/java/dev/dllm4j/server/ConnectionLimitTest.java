package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.server.http.HttpLimits;
import dev.dllm4j.server.testing.RawConnection;
import dev.dllm4j.server.testing.TinyServer;
import dev.dllm4j.server.testing.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of connections above the limit. */
class ConnectionLimitTest {
    private static final ServerOptions TWO = ServerOptions.DEFAULT.withHttp(HttpLimits.DEFAULT.withConnections(2));
    /** Whose body does not come. */
    private static final String BUSY = post(9);

    @TempDir
    private Path folder;

    private static String post(int length) {
        return String.join(
                "\r\n",
                "POST /v1/completions HTTP/1.1",
                "Host: localhost",
                "Content-Type: application/json",
                "Expect: 100-continue",
                "Content-Length: " + length,
                "",
                "");
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    private static RawConnection connect(TinyServer tiny, String request) {
        return new RawConnection(tiny.server(), 0).send(request);
    }

    @Test
    void whereAllAreBusyProbesAreAnsweredAndOthersAreToldToComeAgain() {
        try (TinyServer tiny = new TinyServer(folder, TWO);
                RawConnection one = connect(tiny, BUSY);
                RawConnection two = connect(tiny, BUSY)) {
            one.readUntil("100 Continue\r\n\r\n");
            two.readUntil("100 Continue\r\n\r\n");
            for (int round = 0; round < 3; round++) {
                try (RawConnection refused = connect(tiny, get("/v1/models"));
                        RawConnection health = connect(tiny, get("/health") + get("/health"))) {
                    String answer = refused.readToEnd();
                    assertThat(answer).startsWith("HTTP/1.1 503 ").contains("too_many_connections");
                    assertThat(answer).containsIgnoringCase("\r\nretry-after: 1\r\n");
                    assertThat(health.readToEnd().split("HTTP/1.1 200 ", -1)).hasSize(2);
                }
            }
            assertThat(one.send("{\"a\":true").readAnswer()).contains("error");
            try (RawConnection served = connect(tiny, get("/v1/models"))) {
                assertThat(served.readAnswer()).contains("tiny");
            }
        }
    }

    @Test
    void silentOnesAboveTheLimitDoNotKeepAProbeOut() {
        List<RawConnection> silent = new ArrayList<>();
        try (TinyServer tiny = new TinyServer(folder, TWO);
                RawConnection one = connect(tiny, BUSY);
                RawConnection two = connect(tiny, BUSY)) {
            one.readUntil("100 Continue\r\n\r\n");
            two.readUntil("100 Continue\r\n\r\n");
            for (int number = 0; number < 200; number++) {
                silent.add(connect(tiny, "GET "));
            }

            try (RawConnection health = connect(tiny, get("/health"))) {
                assertThat(health.readToEnd()).startsWith("HTTP/1.1 200 ");
            }
            assertThat(silent.get(0).readToEnd()).isEmpty();
        } finally {
            silent.forEach(RawConnection::close);
        }
    }

    @Test
    void theOneThatIsIdleLongestMakesRoom() {
        try (TinyServer tiny = new TinyServer(folder, TWO);
                RawConnection one = connect(tiny, get("/health"))) {
            one.readAnswer();
            try (RawConnection two = connect(tiny, get("/health"))) {
                two.readAnswer();
                assertThat(one.send(get("/health")).readAnswer()).contains("ok");

                try (RawConnection three = connect(tiny, get("/v1/models"))) {
                    assertThat(three.readAnswer()).contains("tiny");
                }
                assertThat(two.readToEnd()).isEmpty();
                assertThat(one.send(get("/health")).readAnswer()).contains("ok");
            }
        }
    }

    @Test
    void bodiesThatAreBeingReadHaveALimitTogether() {
        HttpLimits limits =
                HttpLimits.DEFAULT.withBody(6000, Duration.ofSeconds(20)).withBodies(8000);
        String head = post(5001);
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT.withHttp(limits));
                RawConnection one = connect(tiny, head)) {
            one.readUntil("100 Continue\r\n\r\n");
            one.send(" ".repeat(5000));
            Wait.until("the second is told to come again", () -> {
                try (RawConnection two = connect(tiny, head)) {
                    two.readUntil("100 Continue\r\n\r\n");
                    String answer = two.send(" ".repeat(5001)).readUntil("}}");
                    return answer.startsWith("HTTP/1.1 429 ") && answer.contains("Retry-After: 1\r\n");
                }
            });
            assertThat(one.send("1").readAnswer()).contains("error");
            try (RawConnection three = connect(tiny, head)) {
                three.readUntil("100 Continue\r\n\r\n");
                assertThat(three.send(" ".repeat(5001)).readUntil("}}")).startsWith("HTTP/1.1 400 ");
            }
        }
    }

    @Test
    void noneIsRefused() {
        assertThatThrownBy(() -> HttpLimits.DEFAULT.withConnections(0))
                .hasMessage("max connections is 0; it must be at least 1");
    }
}
