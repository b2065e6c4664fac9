package dev.dllm4j.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.testing.TinyServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that bring no request. */
class ConnectionTest {
    @TempDir
    private Path folder;

    private static Socket connect(TinyServer tiny) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), tiny.server().port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Test
    void whoSendsNoWholeRequestHeadIsDropped() throws IOException {
        ServerOptions options = ServerOptions.DEFAULT.withIdleTimeout(Duration.ofMillis(300));
        try (TinyServer tiny = new TinyServer(folder, options);
                Socket silent = connect(tiny);
                Socket slow = connect(tiny)) {
            slow.getOutputStream().write("GET /health HTTP/1.1\r\nHost: ".getBytes(US_ASCII));

            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            assertThat(slow.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aConnectionIsDroppedBetweenTwoRequestsAndNotInOne() throws IOException {
        ServerOptions options = ServerOptions.DEFAULT.withIdleTimeout(Duration.ofMillis(300));
        try (TinyServer tiny = new TinyServer(folder, options);
                Socket socket = connect(tiny)) {
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            String body = "{\"prompt\":[5],\"max_tokens\":8}";
            out.write(
                    ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n")
                            .getBytes(US_ASCII));
            // The head is there in time; for the body there is a timeout of its own.
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(700).toNanos());
            out.write(body.getBytes(US_ASCII));

            assertThat(new String(in.readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 200")
                    .contains("\"text\":");
        }
    }
}
