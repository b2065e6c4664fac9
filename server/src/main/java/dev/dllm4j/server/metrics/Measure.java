package dev.dllm4j.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Everything of this project's own that is counted, with what it means. Names have dots; Prometheus shows underscores, and
 * a unit or {@code _total} at the end. A name must not end in a word that Prometheus' client strips ({@code created},
 * {@code info}, {@code bucket}, {@code total}): the meter would silently take the place of the one without it.
 */
enum Measure {
    REQUESTS("dllm4j.requests", "Requests answered."),
    REQUEST("dllm4j.request", "Time from a request's head to the last byte of its answer."),
    FIRST_TEXT("dllm4j.first.text", "Time from the head of a streamed request to the first text that was sent."),
    CONNECTIONS("dllm4j.connections", "Open connections."),
    ACTIVE("dllm4j.active.sequences", "Sequences in the coming forward."),
    QUEUED("dllm4j.queued.sequences", "Sequences that wait for a place."),
    INFLIGHT_ROWS("dllm4j.inflight.rows", "Rows of the last forward; 0 while nothing runs."),
    REJECTED("dllm4j.rejected", "Requests refused at once."),
    CANCELLED("dllm4j.cancelled", "Sequences that ended early."),
    ENGINE_FAILURES("dllm4j.engine.failures", "Failures of an engine that were not a single sequence's."),
    ENGINE_UP("dllm4j.engine.up", "1, and 0 once the engine stays stopped."),
    FORWARDS("dllm4j.forwards", "Forwards, however many sequences shared them."),
    TOKENS("dllm4j.tokens", "Tokens of texts."),
    TOKENS_PER_FORWARD("dllm4j.tokens.per.forward", "Tokens per forward, over answers."),
    ROWS_COMPUTED("dllm4j.rows.computed", "Rows that went through the layers."),
    ROWS_SAVED("dllm4j.rows.saved", "Rows that a cache saved."),
    PREFIX_ROWS("dllm4j.prefix.rows", "Rows of prompts that were taken from an earlier request."),
    PREFIX_REFUSALS("dllm4j.prefix.refusals", "Forwards that began so and ended early, because the rows had drifted."),
    CACHE_BYTES("dllm4j.cache.bytes", "Memory of kept rows."),
    CACHE_BUDGET("dllm4j.cache.budget.bytes", "Memory that kept rows may take."),
    CACHE_HITS("dllm4j.cache.hits", "Forwards that found their rows in the layer cache."),
    CACHE_MISSES("dllm4j.cache.misses", "Forwards that did not find their rows in the layer cache."),
    CACHE_EVICTIONS("dllm4j.cache.evictions", "Sequences whose rows were taken from the layer cache."),
    CACHE_EVICTED("dllm4j.cache.evicted.bytes", "Memory of rows that were taken from the layer cache."),
    CACHE_LOAD("dllm4j.cache.load", "Time of forwards that computed every row because theirs were gone."),
    STEP("dllm4j.step", "Time of a shared step, by part.");

    private final String meter;
    private final String help;

    Measure(String meter, String help) {
        this.meter = meter;
        this.help = help;
    }

    /** With dots. */
    String meter() {
        return meter;
    }

    String help() {
        return help;
    }

    Counter.Builder counter() {
        return Counter.builder(meter).description(help);
    }

    Timer.Builder timer() {
        return Timer.builder(meter).description(help);
    }

    DistributionSummary.Builder summary() {
        return DistributionSummary.builder(meter).description(help);
    }

    Gauge.Builder<Supplier<Number>> gauge(Supplier<Number> value) {
        return Gauge.builder(meter, value).description(help);
    }

    /** The source is held weakly. */
    <T> Gauge.Builder<T> gauge(T source, ToDoubleFunction<T> value) {
        return Gauge.builder(meter, source, value).description(help);
    }

    /** The source is held weakly. */
    <T> FunctionCounter.Builder<T> counter(T source, ToDoubleFunction<T> value) {
        return FunctionCounter.builder(meter, source, value).description(help);
    }

    /** Of nanoseconds. The source is held weakly. */
    <T> FunctionTimer.Builder<T> timer(T source, ToLongFunction<T> count, ToDoubleFunction<T> nanos) {
        return FunctionTimer.builder(meter, source, count, nanos, TimeUnit.NANOSECONDS)
                .description(help);
    }
}
