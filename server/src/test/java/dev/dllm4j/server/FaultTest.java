package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.RawConnection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failures of the server's own, between the engine and the client. */
class FaultTest {
    private static final String COMPLETIONS = "/v1/completions";

    private final Logger logger = Logger.getLogger("dev.dllm4j.server.http");
    private final Told told = new Told();
    private final Broken tokenizer = new Broken();
    private final GatedServer tiny = new GatedServer(
            "broken",
            new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.8)),
            tokenizer,
            Optional.empty(),
            ServerOptions.DEFAULT);
    private final Client client = tiny.client();

    /** Knows no text while it is broken. */
    private static final class Broken extends TokenNames {
        private volatile boolean broken;

        @Override
        public String decode(int[] ids) {
            if (broken) {
                throw new IllegalStateException("the vocabulary is torn");
            }
            return super.decode(ids);
        }
    }

    /** What the log says without stack traces. */
    private static final class Told extends Handler {
        private final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord entry) {
            lines.add(entry.getLevel() + " " + entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void serve() {
        logger.addHandler(told);
        tiny.gate().open();
    }

    @AfterEach
    void stop() {
        logger.removeHandler(told);
        tiny.close();
    }

    private void othersAreServed() {
        tokenizer.broken = false;
        assertThat(client.post(COMPLETIONS, "{\"prompt\":[5],\"max_tokens\":4}").status())
                .isEqualTo(200);
        assertThat(client.metric("dllm4j_active_sequences")).isZero();
    }

    @Test
    void anAnswerThatCannotBeMadeIsAnErrorWhoseLogSaysWhy() {
        tokenizer.broken = true;

        Reply reply = client.post(COMPLETIONS, "{\"prompt\":[5,11],\"max_tokens\":4,\"user\":\"me\"}");

        assertThat(reply.status()).isEqualTo(500);
        String id = reply.header("X-Request-Id");
        assertThat(reply.json().at("/error/message").asText())
                .isEqualTo("the server failed; its log says why, at request " + id);
        assertThat(told.lines)
                .filteredOn(line -> line.startsWith("SEVERE ") && line.contains(id))
                .singleElement()
                .asString()
                .startsWith("SEVERE request " + id + " to /v1/completions failed: ")
                .contains("IllegalStateException: the vocabulary is torn, at ")
                .contains("FaultTest.java:");
        othersAreServed();
    }

    @Test
    void aStreamThatCannotGoOnEndsWithAnErrorWhoseLogSaysWhy() {
        String body = "{\"stream\":true,\"prompt\":[5],\"max_tokens\":8,\"decoding\":{\"strategy\":\"topk(1)\"}}";
        tiny.gate().only(0);
        try (RawConnection stream = new RawConnection(tiny.server(), 0).post(COMPLETIONS, body)) {
            String head = stream.readUntil("data: ");
            tokenizer.broken = true;
            tiny.gate().open();

            String rest = stream.readUntil("\r\n0\r\n\r\n");

            String id = head.substring(head.indexOf("X-Request-Id: ") + 14)
                    .lines()
                    .findFirst()
                    .orElse("");
            assertThat(rest)
                    .contains(
                            "event: error\ndata: {\"error\":{\"message\":\"the server failed; its log says why, at request "
                                    + id + "\"");
            assertThat(told.lines).anyMatch(line -> line.contains(id) && line.contains("the vocabulary is torn"));
        }
        othersAreServed();
    }

    @Test
    void aStreamOfHttp10ThatCannotGoOnEndsWithItsConnection() {
        String body = "{\"stream\":true,\"prompt\":[5],\"max_tokens\":8,\"decoding\":{\"strategy\":\"topk(1)\"}}";
        tiny.gate().only(0);
        try (RawConnection stream = new RawConnection(tiny.server(), 0)
                .send("POST " + COMPLETIONS + " HTTP/1.0\r\nConnection: keep-alive\r\n"
                        + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)) {
            String head = stream.readUntil("data: ");
            tokenizer.broken = true;
            tiny.gate().open();

            assertThat(head).containsIgnoringCase("\r\nconnection: close\r\n");
            assertThat(stream.readToEnd())
                    .contains("\n\nevent: error\ndata: {\"error\":{\"message\":")
                    .endsWith("}}\n\n");
        }
    }

    @Test
    void aStreamThatCannotBeginIsAnErrorAndTheEngineLives() {
        tokenizer.broken = true;

        Reply reply = client.post(
                COMPLETIONS,
                "{\"stream\":true,\"stream_options\":{\"include_canvas\":true},\"prompt\":[5],\"suffix\":\"7\","
                        + "\"max_tokens\":2}");

        assertThat(reply.status()).isEqualTo(500);
        assertThat(told.lines).anyMatch(line -> line.contains(reply.header("X-Request-Id")));
        othersAreServed();
    }
}
