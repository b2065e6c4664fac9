package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that are no Java: OpenAI's for JavaScript and Python, and curl. Absent ones are skipped; .ci/run installs them. */
class OutsideClientsTest {
    /** Where {@code npm install} and {@code python3 -m venv} have put OpenAI's packages. */
    private static final Path CLIENTS = Path.of(System.getProperty("dllm4j.root", ".."))
            .resolve(System.getProperty("dllm4j.clients", "target/clients"))
            .toAbsolutePath()
            .normalize();

    private final GatedServer scripted = GatedServer.scripted(ServerOptions.DEFAULT);

    @AfterEach
    void stop() {
        scripted.close();
    }

    @Test
    void openAisPackageForJavaScript() {
        Path modules = CLIENTS.resolve("node_modules");
        assumeTrue(
                Files.isDirectory(modules.resolve("openai")),
                () -> "npm's openai is not in " + modules + "; run: npm install --prefix " + CLIENTS + " openai@7.57.0");
        assumeTrue(Programs.inPath("node").isPresent(), "there is no node in the path");
        converse(List.of("node", script("openai.cjs")), Map.of("NODE_PATH", modules.toString()));
    }

    @Test
    void openAisPackageForPython() {
        Path python = CLIENTS.resolve("python/bin/python");
        assumeTrue(
                Files.isExecutable(python),
                () -> "there is no " + python + "; run: python3 -m venv " + CLIENTS + "/python && " + CLIENTS
                        + "/python/bin/pip install openai==3.57.0");
        converse(List.of(python.toString(), script("openai_client.py")), Map.of());
    }

    /**
     * The script makes the same calls in every language and prints what came of them. It asks for two answers, closes a
     * stream behind its first piece, says so, and provokes two errors.
     */
    private void converse(List<String> command, Map<String, String> environment) {
        scripted.gate().open();
        List<String> whole = new ArrayList<>(command);
        whole.add(scripted.url() + "/v1");
        JsonNode said = Client.json(run(whole, environment));

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
        whole.add("cancel");
        CompletableFuture<String> cancelling = CompletableFuture.supplyAsync(
                () -> run(whole, environment), task -> new Thread(task, "outside-client").start());
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

        String whole = run(curl(body + "}"), Map.of());
        String streamed = run(curl(body + ",\"stream\":true}"), Map.of());
        String refused = run(curl(body + ",\"temperature\":-1}"), Map.of());

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

    private static String script(String name) {
        return Path.of("src/clients/scripts").resolve(name).toString();
    }

    private static String run(List<String> command, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
