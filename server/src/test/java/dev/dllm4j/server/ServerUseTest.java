package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a program that starts a server wrongly is told. */
@SuppressWarnings({"NullAway", "NullOptional"}) // Programs without a null checker hand nulls over.
class ServerUseTest {
    private static final ServerOptions OPTIONS = ServerOptions.DEFAULT;

    @Test
    void aNullIsRefusedByItsName() {
        refused("models", () -> Server.start(null, OPTIONS));
        refused("options", () -> Server.start(List.of(), null));
        refused("host", () -> OPTIONS.withHost(null));
        refused("request", () -> OPTIONS.withRequest(null));
        refused("engine", () -> OPTIONS.withEngine(null));
        refused("access", () -> OPTIONS.withAccess(null));
        refused("http", () -> OPTIONS.withHttp(null));
        refused("drain", () -> OPTIONS.withDrain(null));
        refused(
                "tls",
                () -> new ServerOptions(
                        OPTIONS.host(),
                        OPTIONS.port(),
                        OPTIONS.request(),
                        OPTIONS.engine(),
                        OPTIONS.access(),
                        OPTIONS.http(),
                        OPTIONS.drain(),
                        null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Server.start(List.of(), OPTIONS))
                .withMessage("there is no model to serve; name one");
    }

    private static void refused(String argument, ThrowingCallable call) {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(call)
                .withMessageMatching(argument + " is null; .{8,}");
    }
}
