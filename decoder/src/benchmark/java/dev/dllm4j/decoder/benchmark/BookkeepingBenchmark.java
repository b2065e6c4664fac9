package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.Forward;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.LayerRows;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.RowWidths;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.cache.Tracking;
import dev.dllm4j.cache.Tracking.Along;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * All that the elastic cache does in a step beside the model, on layers of the size of {@link
 * BenchmarkModel#RANDOM_6X512}: lease, plan, copies of inputs, queries, keys and values, what each layer attends to,
 * release. Half of the canvas is decoded, three positions just now; the window has sixteen.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class BookkeepingBenchmark {
    private static final int LAYERS = 6;
    private static final int WIDTH = 512;
    private static final int PROMPT = 64;
    private static final int WINDOW = 16;

    @Param({"256", "512"})
    public int genLength;

    private LayerCache.Sequence sequence;
    private RefreshPolicy.Refresh refresh;
    private RowPlan plan;
    private Forward forward;
    private FloatBuffer rows;
    private FloatBuffer queries;
    private FloatBuffer columns;

    @Setup
    public void open() {
        int length = PROMPT + genLength;
        int decoded = PROMPT + genLength / 2;
        sequence = new LayerCache(LayerCache.DEFAULT_BUDGET)
                .open(LAYERS, length, new RowWidths(WIDTH, WIDTH, WIDTH, WIDTH));
        refresh = new ElasticCache(0.9, 1, Along.HEADS, BlockCaching.ON)
                .start(new SequenceShape(LAYERS, false, PROMPT, length, null));
        plan = new RowPlan(length);
        Positions wanted = new Positions(WINDOW);
        wanted.addRange(decoded, decoded + WINDOW);
        Positions changed = new Positions(3);
        changed.addRange(decoded - 3, decoded);
        forward = new Forward(
                length, PROMPT, PROMPT, length, position -> position >= decoded, length, wanted, changed, 0, false);
        rows = floats(length * WIDTH);
        queries = floats(length * WIDTH);
        columns = floats(length);
        step();
    }

    @TearDown
    public void close() {
        sequence.close();
    }

    @Benchmark
    public void step() {
        sequence.lease();
        plan.clear();
        refresh.plan(forward, plan);
        Tracking tracking = Objects.requireNonNull(plan.tracking());
        for (int layer = 0; layer < LAYERS; layer++) {
            LayerRows kept = Objects.requireNonNull(sequence.rows()).layer(layer);
            kept.writeInputs(plan.rows(), rows, 0);
            kept.readQueries(tracking.compared(), queries);
            kept.write(plan.rows(), rows, rows, 0);
            kept.writeQueries(plan.rows(), rows, 0);
            tracking.stale(layer, 1);
            columns.put(layer, 1);
            tracking.attended(layer, columns);
            columns.put(layer, 0);
        }
        sequence.release(0);
    }

    private static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
