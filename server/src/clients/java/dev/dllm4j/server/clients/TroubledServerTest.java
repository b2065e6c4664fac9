package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.clients.Caller.Outcome;
import dev.dllm4j.server.clients.Caller.Way;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.Wait;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Others' clients of a server whose model fails in mid-stream, that is full, or that is stopped: each throws what its users
 * expect, and none takes part of an answer for the whole. And of one that tells of its canvas: none stumbles over that.
 */
class TroubledServerTest {
    private static final String TEXT = "3 4 5 6 7 8 9 10";
    private static final String SOME = "3 4 5";
    private static final Duration LONG = Duration.ofMinutes(3);

    private GatedServer server = GatedServer.scripted(ServerOptions.DEFAULT);

    /** Whose client it is, and what it throws: for an error in a stream, a 429 and a 503. */
    @SuppressWarnings("ImmutableEnumChecker") // No caller keeps anything.
    enum Whose {
        OPENAI_JAVA(new OpenAiJavaCaller(), "SseException", "RateLimitException", "InternalServerException"),
        OPENAI_PYTHON(
                new OutsideCaller(() -> Programs.python("openai_failing.py")),
                "APIError",
                "RateLimitError",
                "InternalServerError"),
        OPENAI_JAVASCRIPT(
                new OutsideCaller(() -> Programs.javaScript("openai_failing.cjs")),
                "APIError",
                "RateLimitError",
                "InternalServerError"),
        LANGCHAIN4J(new LangChain4jCaller(), "RuntimeException", "RateLimitException", "InternalServerException");

        private final Caller caller;
        private final String inStream;
        private final String busy;
        private final String unavailable;

        Whose(Caller caller, String inStream, String busy, String unavailable) {
            this.caller = caller;
            this.inStream = inStream;
            this.busy = busy;
            this.unavailable = unavailable;
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void serve(ServerOptions options) {
        server.close();
        server = GatedServer.scripted(options);
    }

    private static ServerOptions places(int active, Duration runtime) {
        return ServerOptions.DEFAULT.withEngine(new Limits(active, 0, LONG, runtime));
    }

    private Outcome call(Whose whose, Way way) {
        return whose.caller.call(way, server.url(), 0);
    }

    private static <T> CompletableFuture<T> inBackground(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, run -> new Thread(run, "in-background").start());
    }

    private CompletableFuture<Void> stopInBackground() {
        CompletableFuture<Void> stopped = inBackground(() -> {
            server.server().close();
            return null;
        });
        Wait.until("it is not ready", () -> server.client().get("/ready").status() == 503);
        return stopped;
    }

    private CompletableFuture<Reply> occupy() {
        CompletableFuture<Reply> other =
                server.client().postAsync("/v1/completions", "{\"prompt\":[1,2,3],\"max_tokens\":8}");
        Wait.until("it has the place", () -> server.gate().atTheGate() == 1);
        return other;
    }

    @ParameterizedTest
    @EnumSource
    void aCanvasIsToldBesideTheAnswer(Whose whose) {
        server.gate().open();

        Outcome streamed = call(whose, Way.STREAM);
        Outcome helped = call(whose, Way.HELPER);

        int seen = whose == Whose.LANGCHAIN4J ? 0 : 8; // It shows its users nothing but text.
        assertThat(streamed).isEqualTo(new Outcome(TEXT, seen, "", "", ""));
        assertThat(helped).isEqualTo(new Outcome(TEXT, 0, "", "", ""));
    }

    @ParameterizedTest
    @EnumSource
    void aModelThatFailsInMidStreamIsAnErrorAfterTheTextSoFar(Whose whose) {
        server.gate().failAfter(3);
        Outcome streamed = call(whose, Way.STREAM);
        server.gate().failAfter(3);
        Outcome helped = call(whose, Way.HELPER);

        assertThat(streamed.text()).isEqualTo(SOME);
        for (Outcome outcome : List.of(streamed, helped)) {
            assertThat(outcome.error()).isEqualTo(whose.inStream);
            assertThat(outcome.code()).isEqualTo("internal_error");
            assertThat(outcome.message()).contains("the server failed; its log says why, at request ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatIsFullIsAnErrorUntilItHasAPlace(Whose whose) {
        serve(places(1, LONG));
        CompletableFuture<Reply> other = occupy();

        for (Way way : Way.values()) {
            Outcome refused = call(whose, way);
            assertThat(refused.error()).isEqualTo(whose.busy);
            assertThat(refused.code()).isEqualTo("overloaded");
            assertThat(refused.message()).contains("all places are taken; try again in 1 second");
        }
        double before = server.client().metric("dllm4j_rejected_total", "full");
        CompletableFuture<Outcome> patient = inBackground(() -> whose.caller.call(Way.ASK, server.url(), 3));
        Wait.until(
                "it is sent away", () -> server.client().metric("dllm4j_rejected_total", "full") > before);
        server.gate().open();

        assertThat(patient.join()).isEqualTo(new Outcome(TEXT, 0, "", "", ""));
        assertThat(other.join().status()).isEqualTo(200);
    }

    /** LangChain4j is not told: it reads no header, and tries again. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "LANGCHAIN4J")
    void whatRanTooLongIsNotTriedAgain(Whose whose) {
        Duration runtime = Duration.ofMillis(50);
        serve(places(1, runtime));
        CompletableFuture<Outcome> asked = inBackground(() -> whose.caller.call(Way.ASK, server.url(), 2));
        Wait.until("it runs", () -> server.gate().atTheGate() == 1);
        long begin = System.nanoTime();
        Wait.until("its time is over", () -> System.nanoTime() - begin > runtime.toNanos());
        server.gate().open();

        assertThat(asked.join().error()).isEqualTo(whose.unavailable);
        assertThat(asked.join().code()).isEqualTo("request_timeout");
        assertThat(server.client().metric("dllm4j_requests_total", "/v1/chat/completions"))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatStopsIsAnError(Whose whose) {
        serve(ServerOptions.DEFAULT.withDrain(LONG));
        CompletableFuture<Reply> other = occupy();
        CompletableFuture<Void> stopped = stopInBackground();

        for (Way way : Way.values()) {
            Outcome refused = call(whose, way);
            assertThat(refused.error()).isEqualTo(whose.unavailable);
            assertThat(refused.code()).isEqualTo("stopping");
        }
        server.gate().open();
        assertThat(other.join().status()).isEqualTo(200);
        stopped.join();
    }

    @ParameterizedTest
    @EnumSource
    void aStreamHasTheTimeToDrain(Whose whose) {
        serve(ServerOptions.DEFAULT.withDrain(LONG));
        whose.caller.requireThere();
        CompletableFuture<Outcome> streamed = inBackground(() -> call(whose, Way.STREAM));
        server.gate().let(3);
        Wait.until("it is in mid-stream", () -> server.gate().entered() == 4);

        CompletableFuture<Void> stopped = stopInBackground();
        server.gate().open();

        assertThat(streamed.join().text()).isEqualTo(TEXT);
        assertThat(streamed.join().error()).isEmpty();
        stopped.join();
    }

    @ParameterizedTest
    @EnumSource
    void aStreamThatIsCutIsAnErrorAfterTheTextSoFar(Whose whose) {
        serve(ServerOptions.DEFAULT.withDrain(Duration.ZERO));
        whose.caller.requireThere();
        CompletableFuture<Outcome> streamed = inBackground(() -> call(whose, Way.STREAM));
        server.gate().let(3);
        Wait.until("it is in mid-stream", () -> server.gate().entered() == 4);

        CompletableFuture<Void> stopped = stopInBackground();
        Wait.until("it is cancelled", () -> server.gate().sequences() == 0);
        server.gate().open();

        assertThat(streamed.join().text()).isEqualTo(SOME);
        assertThat(streamed.join().error()).isEqualTo(whose.inStream);
        assertThat(streamed.join().code()).isEqualTo("stopping");
        stopped.join();
    }
}
