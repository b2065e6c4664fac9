package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.RawConnection;
import dev.dllm4j.server.testing.TinyServer;
import dev.dllm4j.server.testing.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do not read what they asked for. */
class SlowReaderTest {
    private static final String COMPLETIONS = "/v1/completions";
    /** Some 700 KiB of events: more than the system takes in for a client that does not read. */
    private static final String LONG = "{\"stream\":true,\"stream_options\":{\"include_canvas\":true},\"n\":4,"
            + "\"temperature\":1,\"seed\":5,\"prompt\":[5,6,7],\"max_tokens\":240,"
            + "\"decoding\":{\"strategy\":\"topk(1)\",\"block_length\":240,\"stop\":\"full\"}}";

    @TempDir
    private Path folder;

    private static double forwardsOnceTheyStop(Client client) {
        double[] last = {-1};
        Wait.until("forwards stop", () -> {
            double before = last[0];
            last[0] = client.metric("dllm4j_forwards_total");
            LockSupport.parkNanos(Duration.ofMillis(150).toNanos());
            return last[0] > 0 && last[0] == before;
        });
        return last[0];
    }

    @Test
    void oneThatDoesNotReadIsPausedAndGoesOnWhereItStood() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            Client client = tiny.client();
            try (RawConnection slow = new RawConnection(tiny.server(), 4096).post(COMPLETIONS, LONG)) {
                double forwards = forwardsOnceTheyStop(client);
                assertThat(forwards).isLessThan(240);
                assertThat(client.metric("dllm4j_active_sequences")).isEqualTo(4);
                // Others are not held up.
                assertThat(client.post(COMPLETIONS, "{\"prompt\":[5],\"max_tokens\":8}")
                                .status())
                        .isEqualTo(200);

                String rest = slow.readUntil("data: [DONE]");

                assertThat(rest.split("\"type\":\"done\"", -1)).hasSize(5);
            }
            assertThat(client.metric("dllm4j_cancelled_total")).isZero();
        }
    }

    @Test
    void oneThatNeverReadsIsDropped() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT.withStallTimeout(Duration.ofMillis(400)))) {
            Client client = tiny.client();
            try (RawConnection slow = new RawConnection(tiny.server(), 4096).post(COMPLETIONS, LONG)) {
                Wait.until("it is dropped", () -> client.metric("dllm4j_cancelled_total", "slow_reader") == 4);
                assertThat(client.metric("dllm4j_active_sequences")).isZero();
                Wait.until("its connection is closed", () -> client.metric("dllm4j_connections") == 1);
                assertThat(slow).isNotNull();
            }
            assertThat(tiny.decoder().cache().liveBytes()).isZero();
            assertThat(client.post(COMPLETIONS, "{\"prompt\":[5],\"max_tokens\":8}")
                            .status())
                    .isEqualTo(200);
        }
    }
}
