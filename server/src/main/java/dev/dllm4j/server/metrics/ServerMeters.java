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
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.ToLongFunction;

/** Everything that is counted, by the names that docs/serving.md lists. Thread-safe. */
public final class ServerMeters {
    private static final String MODEL = "model";
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

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    /** Meters hold what they read weakly. */
    private final List<Object> held = new CopyOnWriteArrayList<>();

    /** All values in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    /** A request was answered. */
    public void answered(String endpoint, int status) {
        registry.counter("dllm4j.requests", "endpoint", endpoint, "status", Integer.toString(status))
                .increment();
    }

    /** What the engine of a model counts. */
    public EngineMeters engine(ServedModel model) {
        return new OfEngine(model);
    }

    /** Watches an engine's places. */
    public void watch(ServedModel model, Engine engine) {
        String id = model.id();
        gauge("dllm4j.engine.up", id, () -> engine.failed() ? 0 : 1);
        gauge("dllm4j.active.sequences", id, () -> engine.active());
        gauge("dllm4j.queued.sequences", id, () -> engine.queued());
    }

    /**
     * Watches the caches that the models' rows are in, all together.
     *
     * @param caches each once, however many models share it
     */
    public void watchCaches(List<LayerCache> caches) {
        sumGauge("dllm4j.cache.bytes", caches, LayerCache::liveBytes);
        sumGauge("dllm4j.cache.budget.bytes", caches, LayerCache::budgetBytes);
        sumCount("dllm4j.cache.hits", caches, cache -> cache.statistics().hitCount());
        sumCount("dllm4j.cache.misses", caches, cache -> cache.statistics().missCount());
        sumCount("dllm4j.cache.evictions", caches, cache -> cache.statistics().evictionCount());
        sumCount(
                "dllm4j.cache.evicted.bytes",
                caches,
                cache -> cache.statistics().evictionWeight() * KIBIBYTE);
        FunctionTimer.builder(
                        "dllm4j.cache.load",
                        caches,
                        all -> sum(all, cache -> cache.statistics().loadCount()),
                        all -> sum(all, cache -> cache.statistics().totalLoadTime()),
                        TimeUnit.NANOSECONDS)
                .register(registry);
        held.add(caches);
    }

    private void sumGauge(String name, List<LayerCache> caches, ToLongFunction<LayerCache> value) {
        Gauge.builder(name, caches, all -> sum(all, value)).register(registry);
    }

    private void sumCount(String name, List<LayerCache> caches, ToLongFunction<LayerCache> value) {
        FunctionCounter.builder(name, caches, all -> sum(all, value)).register(registry);
    }

    private static long sum(List<LayerCache> caches, ToLongFunction<LayerCache> value) {
        return caches.stream().mapToLong(value).sum();
    }

    /** Watches how many connections are open. */
    public void watchConnections(IntSupplier connections) {
        Gauge.builder("dllm4j.connections", connections, IntSupplier::getAsInt)
                .strongReference(true)
                .register(registry);
    }

    private void gauge(String name, String model, LongValue value) {
        Gauge.builder(name, value, LongValue::get)
                .strongReference(true)
                .tag(MODEL, model)
                .register(registry);
    }

    private interface LongValue {
        long get();
    }

    private final class OfEngine implements EngineMeters {
        private final String model;
        private final Counter forwards;
        private final Counter tokens;
        private final Counter rowsComputed;
        private final Counter rowsSaved;
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
            forwards = registry.counter("dllm4j.forwards", MODEL, model);
            tokens = registry.counter("dllm4j.tokens", MODEL, model);
            rowsComputed = registry.counter("dllm4j.rows.computed", MODEL, model);
            rowsSaved = registry.counter("dllm4j.rows.saved", MODEL, model);
            failures = registry.counter("dllm4j.engine.failures", MODEL, model);
            tokensPerForward = DistributionSummary.builder("dllm4j.tokens.per.forward")
                    .tag(MODEL, model)
                    .serviceLevelObjectives(1, 1.5, 2, 3, 4, 6, 8, 12, 16, 32)
                    .register(registry);
            modelTime = timer("model");
            selectTime = timer("select");
            restTime = timer("rest");
            gauge("dllm4j.inflight.rows", model, rows::get);
        }

        private Timer timer(String part) {
            return Timer.builder("dllm4j.step")
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
            for (Outcome outcome : outcomes) {
                Work now = outcome.decoding().work();
                Work then = before.put(outcome.decoding(), now);
                select += now.selectNanos() - (then == null ? 0 : then.selectNanos());
                computed += now.rowsComputed() - (then == null ? 0 : then.rowsComputed());
                full += now.rowsFull() - (then == null ? 0 : then.rowsFull());
            }
            rows.set(Math.toIntExact(computed));
            rowsComputed.increment((double) computed);
            rowsSaved.increment((double) Math.max(0, full - computed));
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
                count("dllm4j.cancelled", "reason", cancelled.reason().name());
            } else if (end instanceof End.Failed) {
                count("dllm4j.cancelled", "reason", "FAILED");
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
            count("dllm4j.rejected", "reason", why.name());
        }

        private void count(String name, String key, String value) {
            registry.counter(name, MODEL, model, key, value.toLowerCase(Locale.ROOT))
                    .increment();
        }
    }
}
