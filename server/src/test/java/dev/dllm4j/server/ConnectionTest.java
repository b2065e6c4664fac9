package dev.dllm4j.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.server.http.Tls;
import dev.dllm4j.server.testing.TinyServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that bring no request, and such that are encrypted. */
class ConnectionTest {
    private static final char[] PASSWORD = "password".toCharArray();

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

    @Test
    void overTls() throws IOException, InterruptedException, GeneralSecurityException {
        KeyStore store = selfSigned();
        Path certificate =
                pem("cert.pem", "CERTIFICATE", store.getCertificate("server").getEncoded());
        Path key =
                pem("key.pem", "PRIVATE KEY", store.getKey("server", PASSWORD).getEncoded());
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT.withTls(new Tls(certificate, key)))) {
            assertThat(tiny.server().url()).startsWith("https://127.0.0.1:");
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(trusting(store.getCertificate("server")))
                    .build();

            HttpResponse<String> reply = client.send(
                    HttpRequest.newBuilder(URI.create(tiny.server().url() + "/v1/models"))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(reply.statusCode()).isEqualTo(200);
            assertThat(reply.body()).contains("\"tiny\"");
            assertThat(reply.sslSession()).isPresent();
        }
    }

    @Test
    void aCertificateThatIsNotThereIsSaid() {
        assertThatThrownBy(() -> new Tls(folder.resolve("none.pem"), folder.resolve("none.pem")))
                .hasMessageStartingWith("the TLS certificate is ")
                .hasMessageEndingWith("which cannot be read; check its name and permissions");
    }

    private KeyStore selfSigned() throws IOException, InterruptedException, GeneralSecurityException {
        Path file = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(Files.readAllBytes(file)), PASSWORD);
        return store;
    }

    private Path pem(String name, String label, byte[] content) throws IOException {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return Files.writeString(
                folder.resolve(name), "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n");
    }

    private static SSLContext trusting(Certificate certificate) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, PASSWORD);
        trusted.setCertificateEntry("server", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
