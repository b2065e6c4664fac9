package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.CommandRun.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
    @Test
    void itServesWhereItSaysUntilItIsStopped(@TempDir Path cache) throws IOException, InterruptedException {
        AtomicInteger exitCode = new AtomicInteger(-1);
        try (PipedInputStream said = new PipedInputStream();
                PrintStream out = new PrintStream(new PipedOutputStream(said), true, UTF_8);
                Scanner lines = new Scanner(said, UTF_8)) {
            Terminal terminal =
                    new Terminal(new ByteArrayInputStream(new byte[0]), out, System.err, false, false, true);
            Map<String, String> environment = Map.of(CacheFolder.VARIABLE, cache.toString());
            Thread serving = new Thread(() -> exitCode.set(Main.commandLine(terminal, environment)
                    .execute(
                            "serve",
                            "--port",
                            "0",
                            "--model",
                            "starter",
                            "--model",
                            "starter-certainty",
                            "--lenient")));
            serving.start();
            String line = lines.nextLine();
            assertThat(line).startsWith("serving starter, starter-certainty at http://127.0.0.1:");

            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(
                                            URI.create(line.substring(line.lastIndexOf(' ') + 1) + "/v1/completions"))
                                    .header("Content-Type", "application/json")
                                    .POST(
                                            BodyPublishers.ofString(
                                                    "{\"model\":\"starter-certainty\",\"prompt\":\"2 apples\",\"max_tokens\":32,\"never_heard_of\":1}"))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("\"model\":\"starter-certainty\"", "\"gen_length\":32");
            assertThat(answer.headers().firstValue("X-Warnings")).hasValue("never_heard_of");

            serving.interrupt();
            serving.join();
        }
        assertThat(exitCode).hasValue(0);
    }

    @Test
    void aPortThatIsTakenIsSaidInOneLine(@TempDir Path cache) throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = Integer.toString(taken.getLocalPort());

            CommandRun run = Surroundings.cache(cache).run("serve", "--port", port);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).startsWith("dllm4j: cannot listen on 127.0.0.1 port " + port + ": ");
            assertThat(run.err().lines()).hasSize(1);
        }
    }

    @Test
    void othersThanThisMachineWithoutKeysAreWarnedOf(@TempDir Path cache) throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = Integer.toString(taken.getLocalPort());

            CommandRun run = Surroundings.cache(cache).run("serve", "--host", "0.0.0.0", "--port", port);

            assertThat(run.err())
                    .startsWith("dllm4j: warning: anybody who reaches 0.0.0.0 may use this server; ")
                    .contains("\ndllm4j: cannot listen on 0.0.0.0 port " + port);
        }
    }

    @Test
    void optionsOutOfRangeAreWrongUsage() {
        assertThat(CommandRun.of("serve", "--port", "70000").err())
                .isEqualTo("dllm4j: port is 70000; it must be within [0, 65535], 0 for any free one\n");
        assertThat(CommandRun.of("serve", "--max-active", "0").err()).startsWith("dllm4j: max active is 0; ");
        assertThat(CommandRun.of("serve", "--rate-limit", "5").err()).contains("counted by API key");
        assertThat(CommandRun.of("serve", "--drain", "-1").exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("serve", "--idle-timeout", "0").err()).startsWith("dllm4j: idle timeout is 0.0 ");
        assertThat(CommandRun.of("serve", "--max-connections", "0").err())
                .isEqualTo("dllm4j: max connections is 0; it must be at least 1\n");
        assertThat(CommandRun.of("serve", "--allowed-host", "a:80").err())
                .startsWith("dllm4j: allowed host is \"a:80\"; ");
        assertThat(CommandRun.of("serve", "--tls-key", "key.pem").err())
                .startsWith("dllm4j: only one of --tls-certificate and --tls-key is given; ");
        assertThat(CommandRun.of("serve", "--model", "a/starter", "--model", "starter")
                        .err())
                .startsWith("dllm4j: two models are called starter; ");
    }

    @Test
    void tlsFilesThatAreNoneAreWrongUsage(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "hello\n");

        CommandRun run = CommandRun.of("serve", "--tls-certificate", text.toString(), "--tls-key", folder.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("dllm4j: the TLS certificate is " + text + ", ");
        assertThat(run.err().lines()).hasSize(1);
    }
}
