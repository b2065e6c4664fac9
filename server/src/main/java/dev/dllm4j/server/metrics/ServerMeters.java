package dev.dllm4j.server.metrics;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.Work;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.End;
import dev.dllm4j.server.engine.Engine;
import dev.dllm4j.server.engine.EngineMeters;
import dev.dllm4j.server.engine.Refused;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** Everything that is counted, by the names that docs/serving.md lists. Thread-safe. */
public final class ServerMeters implements AutoCloseable {
    private static final String MODEL = "model";
    private static final String ENDPOINT = "endpoint";
    /** What the layer cache weighs its entries in. */
    private static final long KIBIBYTE = 1024;

    private static final Duration[] STEP_BOUNDS = {
        Duration.ofMillis(1),
        Duration.ofMillis(3),
        Duration.ofMillis(10),
        Duration.ofMillis(30),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10)
    };

    private static final Duration[] REQUEST_BOUNDS = {
        Duration.ofMillis(3),
        Duration.ofMillis(10),
        Duration.ofMillis(30),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(100),
        Duration.ofSeconds(300)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmMeters process = new JvmMeters(registry);
    /** Meters hold what they read weakly. */
    private final List<Object> held = new CopyOnWriteArrayList<>();

    /** All values in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    /** Every meter there is now. */
    MeterRegistry registry() {
        return registry;
    }

    /** A request was answered. */
    public void answered(String endpoint, int status) {
        Measure.REQUESTS
                .counter()
                .tags(ENDPOINT, endpoint, "status", Integer.toString(status))
                .register(registry)
                .increment();
    }

    /** The last byte of an answer went out, so long after the request's head came. */
    public void took(String endpoint, int status, Duration time) {
        Measure.REQUEST
                .timer()
                .tags(ENDPOINT, endpoint, "outcome", outcome(status))
                .serviceLevelObjectives(REQUEST_BOUNDS)
                .register(registry)
                .record(time);
    }

    private static String outcome(int status) {
        return status < 400 ? "success" : status < 500 ? "client_error" : "server_error";
    }

    /** The first text of a streamed answer went out, so long after the request's head came. */
    public void firstText(String model, Duration time) {
        Measure.FIRST_TEXT
                .timer()
                .tag(MODEL, model)
                .serviceLevelObjectives(REQUEST_BOUNDS)
                .register(registry)
                .record(time);
    }

    /** Watches the process no longer. */
    @Override
    public void close() {
        process.close();
    }

    /** What the engine of a model counts. */
    public EngineMeters engine(ServedModel model) {
        return new OfEngine(model);
    }

    /** Watches an engine's places. */
    public void watch(ServedModel model, Engine engine) {
        String id = model.id();
        gauge(Measure.ENGINE_UP, id, () -> engine.failed() ? 0 : 1);
        gauge(Measure.ACTIVE, id, () -> engine.active());
        gauge(Measure.QUEUED, id, () -> engine.queued());
    }

    /**
     * Watches the caches that the models' rows are in, all together.
     *
     * @param caches each once, however many models share it
     */
    public void watchCaches(List<LayerCache> caches) {
        sumGauge(Measure.CACHE_BYTES, caches, LayerCache::liveBytes);
        sumGauge(Measure.CACHE_BUDGET, caches, LayerCache::budgetBytes);
        sumCount(Measure.CACHE_HITS, caches, cache -> cache.statistics().hitCount());
        sumCount(Measure.CACHE_MISSES, caches, cache -> cache.statistics().missCount());
        sumCount(Measure.CACHE_EVICTIONS, caches, cache -> cache.statistics().evictionCount());
        sumCount(Measure.CACHE_EVICTED, caches, cache -> cache.statistics().evictionWeight() * KIBIBYTE);
        Measure.CACHE_LOAD
                .timer(
                        caches,
                        all -> sum(all, cache -> cache.statistics().loadCount()),
                        all -> sum(all, cache -> cache.statistics().totalLoadTime()))
                .register(registry);
        held.add(caches);
    }

    private void sumGauge(Measure measure, List<LayerCache> caches, ToLongFunction<LayerCache> value) {
        measure.gauge(caches, all -> sum(all, value)).register(registry);
    }

    private void sumCount(Measure measure, List<LayerCache> caches, ToLongFunction<LayerCache> value) {
        measure.counter(caches, all -> sum(all, value)).register(registry);
    }

    private static long sum(List<LayerCache> caches, ToLongFunction<LayerCache> value) {
        return caches.stream().mapToLong(value).sum();
    }

    /** Watches how many connections are open. */
    public void watchConnections(IntSupplier connections) {
        Measure.CONNECTIONS.gauge(connections::getAsInt).strongReference(true).register(registry);
    }

    private void gauge(Measure measure, String model, Supplier<Number> value) {
        measure.gauge(value).strongReference(true).tag(MODEL, model).register(registry);
    }

    private final class OfEngine implements EngineMeters {
        private final String model;
        private final Counter forwards;
        private final Counter tokens;
        private final Counter rowsComputed;
        private final Counter rowsSaved;
        private final Counter prefixRows;
        private final Counter prefixRefusals;
        private final Counter failures;
        private final DistributionSummary tokensPerForward;
        private final Timer modelTime;
        private final Timer selectTime;
        private final Timer restTime;
        private final AtomicInteger rows = new AtomicInteger();
        /** What sequences had cost at their last step. On the engine's thread. */
        private final Map<Decoding, Work> before = new HashMap<>();

        OfEngine(ServedModel served) {
            model = served.id();
            forwards = counter(Measure.FORWARDS);
            tokens = counter(Measure.TOKENS);
            rowsComputed = counter(Measure.ROWS_COMPUTED);
            rowsSaved = counter(Measure.ROWS_SAVED);
            prefixRows = counter(Measure.PREFIX_ROWS);
            prefixRefusals = counter(Measure.PREFIX_REFUSALS);
            failures = counter(Measure.ENGINE_FAILURES);
            tokensPerForward = Measure.TOKENS_PER_FORWARD
                    .summary()
                    .tag(MODEL, model)
                    .serviceLevelObjectives(1, 1.5, 2, 3, 4, 6, 8, 12, 16, 32)
                    .register(registry);
            modelTime = timer("model");
            selectTime = timer("select");
            restTime = timer("rest");
            gauge(Measure.INFLIGHT_ROWS, model, rows::get);
        }

        private Counter counter(Measure measure) {
            return measure.counter().tag(MODEL, model).register(registry);
        }

        private Timer timer(String part) {
            return Measure.STEP
                    .timer()
                    .tag(MODEL, model)
                    .tag("part", part)
                    .serviceLevelObjectives(STEP_BOUNDS)
                    .register(registry);
        }

        @Override
        public void stepped(List<Outcome> outcomes, long nanos) {
            forwards.increment();
            long select = 0;
            long computed = 0;
            long full = 0;
            int borrowed = 0;
            int refused = 0;
            for (Outcome outcome : outcomes) {
                Work now = outcome.decoding().work();
                Work then = before.put(outcome.decoding(), now);
                select += now.selectNanos() - (then == null ? 0 : then.selectNanos());
                computed += now.rowsComputed() - (then == null ? 0 : then.rowsComputed());
                full += now.rowsFull() - (then == null ? 0 : then.rowsFull());
                borrowed += now.prefixRows() - (then == null ? 0 : then.prefixRows());
                refused += now.prefixRefusals() - (then == null ? 0 : then.prefixRefusals());
            }
            rows.set(Math.toIntExact(computed));
            rowsComputed.increment((double) computed);
            rowsSaved.increment((double) Math.max(0, full - computed));
            prefixRows.increment(borrowed);
            prefixRefusals.increment(refused);
            modelTime.record(Duration.ofNanos(Math.max(0, nanos - select)));
            selectTime.record(Duration.ofNanos(select));
        }

        @Override
        public void handedOver(long nanos) {
            restTime.record(Duration.ofNanos(nanos));
        }

        @Override
        public void ended(Decoding decoding, End end) {
            before.remove(decoding);
            if (before.isEmpty()) {
                rows.set(0);
            }
            if (end instanceof End.Cancelled cancelled) {
                count(Measure.CANCELLED, cancelled.reason().name());
            } else if (end instanceof End.Failed) {
                count(Measure.CANCELLED, "FAILED");
            }
        }

        @Override
        public void answered(int textTokens, int forwardsMade) {
            tokens.increment(textTokens);
            if (forwardsMade > 0) {
                tokensPerForward.record((double) textTokens / forwardsMade);
            }
        }

        @Override
        public void failed() {
            failures.increment();
        }

        @Override
        public void refused(Refused.Cause why) {
            count(Measure.REJECTED, why.name());
        }

        private void count(Measure measure, String reason) {
            measure.counter()
                    .tags(MODEL, model, "reason", reason.toLowerCase(Locale.ROOT))
                    .register(registry)
                    .increment();
        }
    }
}
