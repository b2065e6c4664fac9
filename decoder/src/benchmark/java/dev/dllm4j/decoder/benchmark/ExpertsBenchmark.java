package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import java.util.List;
import java.util.Random;
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
 * One forward of one sequence: 256 rows that keep nothing, or 32 that join kept ones; a block of 32 is predicted. A model with
 * experts beside one without of the same active width.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class ExpertsBenchmark {
    private static final int BLOCK = 32;

    @Param({"DENSE_16X1024", "EXPERTS_16X1024"})
    public BenchmarkModel model;

    /** Rows that go through the layers: all of the canvas, or some whose keys and values join kept ones. */
    @Param({"256", "32"})
    public int rows;

    private OnnxModel runtime;
    private List<RowRequest> requests;

    @Setup
    public void open() {
        runtime = OnnxModel.open(model.folder(), BenchmarkModel.RUNTIME);
        requests = List.of(request(runtime.spec()));
    }

    @TearDown
    public void close() {
        runtime.close();
    }

    @Benchmark
    public void forward() {
        runtime.predict(requests);
    }

    /** Tokens that differ, because rows of one token choose the same experts. */
    private RowRequest request(ModelSpec spec) {
        int length = BenchmarkModel.CANVAS;
        int[] tokens = new Random(3).ints(length - 1, 0, spec.maskToken() - 1).toArray();
        Canvas canvas = new Canvas(tokens, 1, spec.maskToken());
        Positions computed = new Positions(rows);
        computed.addRange(length - rows, length);
        Demand demand = new Demand(BLOCK);
        demand.positions().addRange(length - BLOCK, length);
        SequenceRows kept = rows == length ? null : new SequenceRows(spec.layers(), length, spec.kvWidth());
        return new RowRequest(canvas, computed, demand, new Predictions(), Guidance.NONE, kept, () -> false);
    }
}
