package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.Wait;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What clients see where a sequence, a text or an engine fails: an answer, always, and a server that goes on. */
class FailureTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String REST = ",\"max_tokens\":32,\"decoding\":{\"strategy\":\"topk(1)\"}}";
    /** Of this length a prompt makes every forward fail that it is in. */
    private static final int BREAKING = 4;
    /** The text of this token cannot be made, nor that of so many tokens. */
    private static final int UNREADABLE = 9;

    private static final int TOO_MANY = 5;

    private final Breaking model =
            new Breaking(new ScriptedPredictor((forward, position) -> Prediction.of(position % 8, 0.95)));
    private final Decoder decoder = new Decoder(
            model,
            new TokenNames() {
                @Override
                public String decode(int[] ids) {
                    if (ids.length == TOO_MANY || IntStream.of(ids).anyMatch(id -> id == UNREADABLE)) {
                        throw new StackOverflowError("unreadable");
                    }
                    return super.decode(ids);
                }
            },
            Optional.empty(),
            "scripted");
    private final Server server = Server.start(
            List.of(new ServedModel("scripted", decoder, RuntimeOptions.DEFAULT, Instant.EPOCH)),
            ServerOptions.DEFAULT.withPort(0));
    private final Client client = new Client(server);

    private static final class Breaking implements MaskPredictor {
        private final MaskPredictor model;
        /** Whether forwards of several sequences wait for their cancelling once one has failed by itself. */
        private volatile boolean waits;

        private int broken;

        Breaking(MaskPredictor model) {
            this.model = model;
        }

        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public void predict(List<RowRequest> requests) {
            if (requests.stream().anyMatch(request -> request.canvas().promptLength() == BREAKING)) {
                broken++;
                throw new OutOfMemoryError("Cannot reserve direct buffer memory");
            }
            if (waits && broken == 2 && requests.size() > 1) {
                Wait.until(
                        "they are cancelled",
                        () -> requests.stream()
                                .allMatch(request -> request.cancelled().getAsBoolean()));
            }
            model.predict(requests);
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void stop() {
        server.close();
        decoder.close();
    }

    private Reply ask(String prompt) {
        return client.post(COMPLETIONS, "{\"prompt\":" + prompt + REST);
    }

    @Test
    void memoryThatOneRequestDoesNotGetEndsThatOneAlone() {
        String expected = ask("[1,2,3]").text();

        Reply failed = ask("[1,2,3,4]");

        assertThat(failed.status()).isEqualTo(500);
        assertThat(ask("[1,2,3]").text()).isEqualTo(expected);
        assertThat(client.get("/health").status()).isEqualTo(200);
        assertThat(client.get("/ready").status()).isEqualTo(200);
        assertThat(client.metric("dllm4j_engine_failures_total")).isZero();
        assertThat(client.metric("dllm4j_engine_up")).isEqualTo(1);
    }

    @Test
    void siblingsOfAFailedChoiceAreCountedAsSuch() {
        model.waits = true;

        Reply failed = ask("[[1,2,3],[1,2,3,4],[1,2]]");

        assertThat(failed.status()).isEqualTo(500);
        Wait.until("both are counted", () -> client.metric("dllm4j_cancelled_total", "sibling_failed") == 2);
        assertThat(client.metric("dllm4j_cancelled_total", "reason=\"failed\"")).isEqualTo(1);
        assertThat(client.metric("dllm4j_cancelled_total", "client_gone")).isZero();
    }

    @Test
    void aTextThatCannotBeMadeIsAnAnswerToo() {
        String atTheStart = "{\"prompt\":[1,2,3],\"max_tokens\":16,\"suffix\":\"" + UNREADABLE
                + "\",\"stream\":true,\"stream_options\":{\"include_canvas\":true}}";
        String atTheEnd = "{\"prompt\":[1,2,3],\"max_tokens\":" + TOO_MANY + "}";

        assertThat(client.post(COMPLETIONS, atTheStart).status()).isEqualTo(500);
        assertThat(client.post(COMPLETIONS, atTheEnd).status()).isEqualTo(500);
        assertThat(ask("[1,2,3]").status()).isEqualTo(200);
        assertThat(client.get("/ready").status()).isEqualTo(200);
    }

    @Test
    void anEngineThatFailsTooOftenMakesTheServerUnhealthy() {
        assertThat(ask("[1,2,3]").status()).isEqualTo(200);
        for (int failures = 1; failures <= 6; failures++) {
            assertThat(client.get("/health").status()).isEqualTo(200);
            assertThat(client.get("/ready").status()).isEqualTo(200);
            int awaited = failures;
            interruptTheEngine();
            Wait.until("it has failed", () -> client.metric("dllm4j_engine_failures_total") == awaited);
        }

        Wait.until("it says so", () -> client.metric("dllm4j_engine_up") == 0);
        assertThat(client.get("/health").status()).isEqualTo(503);
        assertThat(client.get("/health").json().path("status").asText()).isEqualTo("failed");
        assertThat(client.get("/ready").status()).isEqualTo(503);
        Reply refused = ask("[1,2,3]");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().at("/error/code").asText()).isEqualTo("engine_failed");
        assertThat(refused.header("Retry-After")).isEqualTo("8");
        assertThat(client.metric("dllm4j_rejected_total", "failed")).isEqualTo(1);
    }

    private static void interruptTheEngine() {
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("dllm4j-engine-scripted"))
                .forEach(Thread::interrupt);
    }
}
