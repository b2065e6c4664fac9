package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that are no Java: OpenAI's for JavaScript and Python, and curl. Absent ones are skipped; .ci/run installs them. */
class OutsideClientsTest {
    private final GatedServer scripted = GatedServer.scripted(ServerOptions.DEFAULT);

    @AfterEach
    void stop() {
        scripted.close();
    }

    @Test
    void openAisPackageForJavaScript() {
        converse(Programs.javaScript("openai.cjs"));
    }

    @Test
    void openAisPackageForPython() {
        converse(Programs.python("openai_client.py"));
    }

    /**
     * The script makes the same calls in every language and prints what came of them. It asks for two answers, closes a
     * stream behind its first piece, says so, and provokes two errors.
     */
    private void converse(Programs.Script script) {
        scripted.gate().open();
        String url = scripted.url() + "/v1";
        JsonNode said = Client.json(script.run(url));

        assertThat(said.path("text").asText()).isEqualTo("3 4 5 6 7 8 9 10");
        assertThat(said.path("streamed").asText()).isEqualTo("3 4 5 6 7 8 9 10");
        assertThat(said.path("pieces").asInt()).isGreaterThan(4);
        assertThat(said.path("usage").asInt()).isEqualTo(8);
        assertThat(said.path("bad_status").asInt()).isEqualTo(400);
        assertThat(said.path("bad_param").asText()).isEqualTo("temperature");
        assertThat(said.path("missing_status").asInt()).isEqualTo(404);
        assertThat(said.path("missing_code").asText()).isEqualTo("model_not_found");
        assertThat(said.path("models").get(0).asText()).isEqualTo("scripted");

        scripted.gate().only(2);
        CompletableFuture<String> cancelling = CompletableFuture.supplyAsync(
                () -> script.run(url, "cancel"), task -> new Thread(task, "outside-client").start());
        Wait.until("the sequence is cancelled", () -> {
            boolean closed = scripted.client().metric("dllm4j_connections") == 1 && cancelling.isDone();
            scripted.gate().let(closed ? 1 : 0);
            return scripted.client().metric("dllm4j_cancelled_total", "client_gone") == 1;
        });
        assertThat(Client.json(cancelling.join()).path("first").asText()).isEqualTo("3");
    }

    @Test
    void curl() {
        assumeTrue(Programs.inPath("curl").isPresent(), "there is no curl in the path");
        scripted.gate().open();
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\"}],\"max_tokens\":8";

        String whole = Programs.run(curl(body + "}"), Map.of());
        String streamed = Programs.run(curl(body + ",\"stream\":true}"), Map.of());
        String refused = Programs.run(curl(body + ",\"temperature\":-1}"), Map.of());

        assertThat(whole).contains("\"content\":\"3 4 5 6 7 8 9 10\"").endsWith("\n200");
        assertThat(streamed).contains("\"delta\":{\"content\":\"3\"}", "data: [DONE]").endsWith("\n200");
        assertThat(refused).contains("\"param\":\"temperature\"").endsWith("\n400");
    }

    @Test
    void curlThatIsStopped() throws IOException, InterruptedException {
        assumeTrue(Programs.inPath("curl").isPresent(), "there is no curl in the path");
        String body =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\"}],\"max_tokens\":8,\"stream\":true}";
        Process curl = new ProcessBuilder(curl(body)).start();
        scripted.gate().let(2);
        Wait.until("the second step is at the gate", () -> scripted.gate().entered() == 3);

        curl.destroy();

        assertThat(curl.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Wait.until("the server has noticed", () -> scripted.client().metric("dllm4j_connections") == 1);
        scripted.gate().let(1);
        Wait.until("it is cancelled", () -> scripted.client().metric("dllm4j_cancelled_total", "client_gone") == 1);
        assertThat(scripted.gate().entered()).isEqualTo(3);
    }

    private List<String> curl(String body) {
        return List.of(
                "curl",
                "-sN",
                "-w",
                "\\n%{http_code}",
                scripted.url() + "/v1/chat/completions",
                "-H",
                "Content-Type: application/json",
                "-d",
                body);
    }
}
