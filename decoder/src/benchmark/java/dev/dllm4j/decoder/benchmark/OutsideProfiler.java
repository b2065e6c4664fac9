package dev.dllm4j.decoder.benchmark;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * The share of an iteration that the benchmark's thread spends outside ONNX Runtime's native code, from a sample of its
 * stack every millisecond. ONNX Runtime's own Java classes count as outside.
 *
 * <p>A stack is read at a safepoint. Native code is one wherever it stands, and Java code reaches one within
 * microseconds, so the border is sharp enough for a share of a percent. The benchmark's thread must be ONNX Runtime's
 * only one.
 */
public final class OutsideProfiler implements InternalProfiler {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private @Nullable Sampler sampler;

    @Override
    public String getDescription() {
        return "Share of time outside ONNX Runtime's native code";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        Sampler started = new Sampler(benchmark.getBenchmark());
        started.start();
        sampler = started;
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        Sampler started = sampler;
        if (started == null) {
            return List.of();
        }
        return List.of(new ScalarResult("outside", started.end(), "%", AggregationPolicy.AVG));
    }

    /** Counts where the thread that runs the benchmark's method is. */
    private static final class Sampler extends Thread {
        private static final String NATIVE_PACKAGE = "ai.onnxruntime.";

        private final String method;
        private volatile boolean ended;
        private long inside;
        private long outside;

        /** @param method of the benchmark, with its class */
        Sampler(String method) {
            super("outside-profiler");
            this.method = method;
            setDaemon(true);
        }

        @Override
        public void run() {
            Thread worker = null;
            while (!ended) {
                LockSupport.parkNanos(PERIOD_NANOS);
                if (worker == null || !worker.isAlive()) {
                    worker = worker();
                } else {
                    count(worker.getStackTrace());
                }
            }
        }

        /** Percent of the samples that were outside. */
        double end() {
            ended = true;
            try {
                join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return 100.0 * outside / (inside + outside);
        }

        private void count(StackTraceElement[] stack) {
            if (Stream.of(stack)
                    .noneMatch(frame -> method.equals(frame.getClassName() + "." + frame.getMethodName()))) {
                return;
            }
            if (stack[0].isNativeMethod() && stack[0].getClassName().startsWith(NATIVE_PACKAGE)) {
                inside++;
            } else {
                outside++;
            }
        }

        /** JMH's thread for benchmarks, once it exists. */
        private static @Nullable Thread worker() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().contains("jmh-worker"))
                    .findFirst()
                    .orElse(null);
        }
    }
}
