package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.server.http.Tls;
import dev.dllm4j.server.testing.Certificates;
import dev.dllm4j.server.testing.TinyServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
    @TempDir
    private Path folder;

    private Certificates made(String name, String algorithm) {
        return Certificates.make(folder.resolve(name), algorithm);
    }

    private void answers(Certificates certificates, Path key) throws IOException, InterruptedException {
        Tls tls = new Tls(certificates.certificateFile(), key);
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT.withTls(tls))) {
            assertThat(tiny.server().url()).startsWith("https://127.0.0.1:");
            HttpClient client =
                    HttpClient.newBuilder().sslContext(certificates.trusting()).build();
            HttpRequest models = HttpRequest.newBuilder(URI.create(tiny.server().url() + "/v1/models"))
                    .build();

            for (int number = 0; number < 3; number++) {
                HttpResponse<String> reply = client.send(models, BodyHandlers.ofString());
                assertThat(reply.statusCode()).isEqualTo(200);
                assertThat(reply.body()).contains("\"tiny\"");
                assertThat(reply.sslSession()).isPresent();
                assertThat(reply.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void answersOverTls(String algorithm) throws IOException, InterruptedException {
        Certificates own = made("own", algorithm);

        answers(own, own.keyFile());
    }

    @Test
    void takesTheOlderFormOfAnRsaKey() throws IOException, InterruptedException {
        Certificates own = made("own", "RSA");
        // PKCS#8 holds it as its last element, after 26 bytes of heads, version and algorithm.
        byte[] whole = own.key().getEncoded();
        byte[] older = Arrays.copyOfRange(whole, 26, whole.length);

        answers(own, own.pem("older.pem", "RSA PRIVATE KEY", older));
    }

    @Test
    void takesTheOlderFormOfAnEcKey() throws IOException, InterruptedException {
        Certificates own = made("own", "EC");
        // PKCS#8 holds it as its last element, after four heads of two bytes, the version and the algorithm.
        byte[] whole = own.key().getEncoded();
        byte[] older = Arrays.copyOfRange(whole, 9 + whole[6], whole.length);

        answers(own, own.pem("older.pem", "EC PRIVATE KEY", older));
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void aKeyOfAnotherCertificateIsRefused(String algorithm) {
        Certificates own = made("own", "EC");
        Path key = made("other", algorithm).keyFile();

        assertThatThrownBy(() -> new Tls(own.certificateFile(), key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the TLS key is " + key + ", which ")
                .hasMessageEndingWith("name the key that the certificate was made for");
    }

    @Test
    void whatIsNotPemIsRefusedByName() throws IOException {
        Certificates own = made("own", "EC");
        Path certificate = own.certificateFile();
        Path key = own.keyFile();
        Path text = Files.writeString(folder.resolve("text"), "hello\n");
        Path empty = Files.writeString(folder.resolve("empty"), "");
        Path cut = own.pem("cut.pem", "PRIVATE KEY", Arrays.copyOf(own.key().getEncoded(), 30));

        for (Path wrong : new Path[] {text, empty, key}) {
            assertThatThrownBy(() -> new Tls(wrong, key)).hasMessageStartingWith("the TLS certificate is " + wrong);
        }
        for (Path wrong : new Path[] {text, empty, certificate, cut}) {
            assertThatThrownBy(() -> new Tls(certificate, wrong)).hasMessageStartingWith("the TLS key is " + wrong);
        }
    }

    @Test
    void whatIsNoFileIsRefusedAndNotWaitedFor() throws IOException, InterruptedException {
        Certificates own = made("own", "EC");
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        for (Path wrong : new Path[] {pipe, folder, Path.of("/dev/zero")}) {
            assertThatThrownBy(() -> new Tls(wrong, own.keyFile()))
                    .hasMessage("the TLS certificate is " + wrong + ", which is not a regular file; name one");
            assertThatThrownBy(() -> new Tls(own.certificateFile(), wrong))
                    .hasMessage("the TLS key is " + wrong + ", which is not a regular file; name one");
        }
    }

    @Test
    void anExpiredCertificateIsWarnedOf() {
        Certificates old = Certificates.make(folder.resolve("old"), "EC", "-startdate", "-3d", "-validity", "1");
        Certificates coming = Certificates.make(folder.resolve("coming"), "EC", "-startdate", "+3d");
        ServerOptions options = ServerOptions.DEFAULT;

        assertThat(options.withTls(new Tls(old.certificateFile(), old.keyFile()))
                        .warnings())
                .singleElement()
                .asString()
                .startsWith("the TLS certificate " + old.certificateFile() + " expired on ");
        assertThat(options.withTls(new Tls(coming.certificateFile(), coming.keyFile()))
                        .warnings())
                .singleElement()
                .asString()
                .contains("is not valid before ");
    }

    @Test
    void aCertificateThatIsNotThereIsSaid() {
        assertThatThrownBy(() -> new Tls(folder.resolve("none.pem"), folder.resolve("none.pem")))
                .hasMessageStartingWith("the TLS certificate is ")
                .hasMessageEndingWith("which cannot be read; check its name and permissions");
    }
}
