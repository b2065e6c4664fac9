package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses that are nearly right, and bodies that are packed: what a client's settings get wrong. */
class AddressTest {
    private static final String BODY = "{\"prompt\":[5],\"max_tokens\":8}";

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static Client client;

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(folder, ServerOptions.DEFAULT);
        client = tiny.client();
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/chat/completions,/v1/chat/completions",
        "/completions,/v1/completions",
        "/v1/v1/chat/completions,/v1/chat/completions",
        "/v1/v1/v1/completions,/v1/completions",
        "/v1/chat/completions/,/v1/chat/completions",
        "/v1//chat/completions,/v1/chat/completions",
        "/v1/v1/models/tiny,/v1/models/tiny",
        "/models,/v1/models",
        "/models/tiny,/v1/models/tiny",
        "/v1/health,/health",
        "/metrics/,/metrics",
        "/v1/metrics,/metrics"
    })
    void anAddressThatIsNearlyRightIsToldTheRightOne(String path, String right) {
        Reply reply = client.post(path, BODY);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.json().at("/error/code").asText()).isEqualTo("not_found");
        assertThat(reply.json().at("/error/message").asText())
                .isEqualTo("nothing is at " + path + "; did you mean " + right
                        + "? A client's base URL is this server's address with /v1 at its end, once");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/v2", "/v1", "/v1/", "/v1/responses", "/api/chat", "/v1/embeddings", "/v1x/models", "/v1/v1"})
    void otherAddressesAreToldWhatThereIs(String path) {
        Reply reply = client.post(path, BODY);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.json().at("/error/message").asText())
                .isEqualTo("nothing is at " + path
                        + "; this server has /v1/chat/completions, /v1/completions and what /openapi.json lists");
    }

    @Test
    void aLongAddressIsAnsweredAtOnce() {
        Reply reply = client.post("/v1".repeat(1500) + "/".repeat(1500), BODY);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.json().at("/error/message").asText()).hasSizeLessThan(300);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "GZIP", "deflate", "br", "identity, gzip"})
    void packedBodiesAreRefusedByTheirHeader(String coding) throws IOException {
        Reply reply = client.send(client.request("/v1/completions")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", coding)
                .POST(BodyPublishers.ofByteArray(packed()))
                .build());

        assertThat(reply.status()).isEqualTo(415);
        assertThat(reply.json().at("/error/code").asText()).isEqualTo("unsupported_content_encoding");
        assertThat(reply.json().at("/error/message").asText())
                .isEqualTo("Content-Encoding is " + coding
                        + "; bodies are taken as they are, so send it uncompressed and without this header");
        assertThat(reply.header("Accept-Encoding")).isEqualTo("identity");
    }

    @Test
    void aBodyThatSaysItIsAsItIsIsTaken() {
        Reply reply = client.send(client.request("/v1/completions")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "identity")
                .POST(BodyPublishers.ofString(BODY))
                .build());

        assertThat(reply.status()).isEqualTo(200);
    }

    private static byte[] packed() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream zip = new GZIPOutputStream(packed)) {
            zip.write(BODY.getBytes(StandardCharsets.UTF_8));
        }
        return packed.toByteArray();
    }
}
