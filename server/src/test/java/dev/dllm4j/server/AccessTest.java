package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.http.Access;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
    /** By sha256sum, of "sesame" and of "mellon". */
    private static final String SESAME = "d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272";

    private static final String MELLON = "83006a438f94daf3a7dd9c7b27f70c15e443c0ca55d58fcdfa76899ae466b455";

    @TempDir
    private Path folder;

    private static Reply models(Client client, String key) {
        return client.send(client.request("/v1/models")
                .header("Authorization", "Bearer " + key)
                .build());
    }

    @Test
    void onlyKnownKeysGetIn() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), "# ours\n\n" + SESAME + "  -\n");
        ServerOptions options = ServerOptions.DEFAULT.withAccess(new Access(Optional.of(keys), 0));
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();

            assertThat(models(client, "sesame").status()).isEqualTo(200);
            Reply wrong = models(client, "open");
            assertThat(wrong.status()).isEqualTo(401);
            assertThat(wrong.header("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(wrong.json().at("/error/code").asText()).isEqualTo("invalid_api_key");
            assertThat(client.get("/v1/models").status()).isEqualTo(401);
            assertThat(client.post("/v1/chat/completions", "{}").status()).isEqualTo(401);
            assertThat(client.get("/health").status()).isEqualTo(200);

            Files.writeString(keys, MELLON + " another\n");
            Files.setLastModifiedTime(keys, FileTime.fromMillis(1));
            Wait.until("the new key is known", () -> models(client, "mellon").status() == 200);
            assertThat(models(client, "sesame").status()).isEqualTo(401);
        }
    }

    /** Whose rows a request starts from shows in its time, its work and its answer. */
    @Test
    void rowsOfAPromptStayWithTheirKey() throws IOException {
        try (TinyServer tiny = new TinyServer(folder, twoKeys())) {
            assertRowsStayWithTheirKey(tiny.client(), "{\"cache\":\"elastic(gamma=-2,prefix-reuse=on)\"}");
        }
    }

    @Test
    void rowsOfFinishedBlocksStayWithTheirKey() throws IOException {
        OnnxModel model = TinyModels.open(folder, Family.LLADA, new BlockCausal(4, Origin.START));
        try (TinyServer tiny = new TinyServer(model, new TokenNames(), twoKeys())) {
            assertRowsStayWithTheirKey(tiny.client(), "{\"cache\":\"blocks\",\"window\":\"blocks(4,from=start)\"}");
        }
    }

    private ServerOptions twoKeys() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), SESAME + "\n" + MELLON + "\n");
        return ServerOptions.DEFAULT.withAccess(new Access(Optional.of(keys), 0));
    }

    private static void assertRowsStayWithTheirKey(Client client, String decoding) {
        assertThat(prefixRows(client, "sesame", decoding)).isZero();
        assertThat(prefixRows(client, "mellon", decoding)).isZero();
        assertThat(prefixRows(client, "sesame", decoding)).isEqualTo(48);
        assertThat(prefixRows(client, "mellon", decoding)).isEqualTo(48);
        assertThat(client.metric("dllm4j_prefix_rows_total")).isEqualTo(96);
    }

    /** Rows that the same prompt, asked again, starts from. */
    private static int prefixRows(Client client, String key, String decoding) {
        String prompt = IntStream.range(1, 60).mapToObj(Integer::toString).collect(Collectors.joining(","));
        String body = "{\"prompt\":[" + prompt + "],\"max_tokens\":16,\"decoding\":" + decoding + "}";
        Reply reply = client.send(client.request("/v1/completions")
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build());
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json().path("usage").path("work").path("prefix_rows").asInt();
    }

    @Test
    void aKeyHasSoManyRequestsAMinute() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), SESAME + "\n");
        ServerOptions options = ServerOptions.DEFAULT.withAccess(new Access(Optional.of(keys), 2));
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();
            assertThat(models(client, "sesame").status()).isEqualTo(200);
            assertThat(models(client, "sesame").status()).isEqualTo(200);

            Reply third = models(client, "sesame");

            assertThat(third.status()).isEqualTo(429);
            assertThat(third.json().at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
            int seconds = Integer.parseInt(third.header("Retry-After"));
            assertThat(seconds).isBetween(1, 30);
            assertThat(Integer.parseInt(third.header("Retry-After-Ms")))
                    .isBetween(1000 * (seconds - 1) + 1, 1000 * seconds);
        }
    }

    @Test
    void aFileOfOtherThingsIsRefused() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), "sesame\n");
        ServerOptions options = ServerOptions.DEFAULT.withAccess(new Access(Optional.of(keys), 0));

        assertThatThrownBy(() -> new TinyServer(folder, options))
                .hasMessageStartingWith("line 1 of " + keys + " is not a SHA-256 of a key");
    }

    @Test
    void aRateWithoutKeysIsRefused() {
        assertThatThrownBy(() -> new Access(Optional.empty(), 5)).hasMessageContaining("counted by API key");
    }

    @Test
    void aKeyFileOfTheSameSizeAndTimeIsReadAgain() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), SESAME + "\n");
        FileTime time = Files.getLastModifiedTime(keys);
        ServerOptions options = ServerOptions.DEFAULT.withAccess(new Access(Optional.of(keys), 0));
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();
            Files.writeString(keys, MELLON + "\n");
            Files.setLastModifiedTime(keys, time);

            Wait.until("the new key is known", () -> models(client, "mellon").status() == 200);
            assertThat(models(client, "sesame").status()).isEqualTo(401);
        }
    }

    @Test
    void anEmptiedKeyFileRevokesEveryKeyAndADeletedOneToo() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), SESAME + "\n");
        ServerOptions options = ServerOptions.DEFAULT.withAccess(new Access(Optional.of(keys), 0));
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();
            assertThat(client.get("/ready").json()).hasToString("{\"status\":\"ready\",\"keys\":\"current\"}");

            Files.writeString(keys, "# none\n");
            Wait.until("it is revoked", () -> models(client, "sesame").status() == 401);
            Reply revoked = client.get("/ready");
            assertThat(revoked.status()).isEqualTo(503);
            assertThat(revoked.json()).hasToString("{\"status\":\"no_keys\",\"keys\":\"none\"}");
            assertThat(client.get("/health").status()).isEqualTo(200);

            Files.writeString(keys, SESAME + "\n");
            Wait.until("it is known again", () -> models(client, "sesame").status() == 200);
            assertThat(client.get("/ready").status()).isEqualTo(200);

            Files.delete(keys);
            Wait.until("it is revoked", () -> models(client, "sesame").status() == 401);
        }
    }

    @Test
    void aKeyFileThatCannotBeUnderstoodIsReported() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), SESAME + "\n");
        ServerOptions options = ServerOptions.DEFAULT.withAccess(new Access(Optional.of(keys), 0));
        try (TinyServer tiny = new TinyServer(folder, options)) {
            Client client = tiny.client();
            Files.writeString(keys, MELLON + "\n" + SESAME.substring(1) + "\n");

            Wait.until("it is reported", () -> client.get("/ready").body().contains("\"stale\""));
            assertThat(client.get("/ready").status()).isEqualTo(200);
            assertThat(models(client, "sesame").status()).isEqualTo(200);
            assertThat(models(client, "mellon").status()).isEqualTo(401);
        }
    }
}
