package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import java.util.List;
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

/** One forward of one sequence that predicts a block of 32: layers and head, without driver and strategy. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class ForwardBenchmark {
    private static final int PROMPT = 64;
    private static final int BLOCK = 32;

    @Param({"STARTER", "RANDOM_6X512"})
    public BenchmarkModel model;

    @Param("F32")
    public WeightType weights;

    /** Rows that go through the layers: all of the canvas, or some whose keys and values join kept ones. */
    @Param({"256", "64", "32"})
    public int rows;

    private OnnxModel runtime;
    private List<RowRequest> requests;

    @Setup
    public void open() {
        runtime = OnnxModel.open(model.folder(weights), BenchmarkModel.RUNTIME);
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

    private RowRequest request(ModelSpec spec) {
        int length = BenchmarkModel.CANVAS;
        Canvas canvas = new Canvas(BenchmarkModel.prompt(PROMPT), length - PROMPT, spec.maskToken());
        boolean whole = rows == length;
        Positions computed = new Positions(rows);
        computed.addRange(whole ? 0 : PROMPT, whole ? length : PROMPT + rows);
        Demand demand = new Demand(BLOCK);
        demand.positions().addRange(PROMPT, PROMPT + BLOCK);
        SequenceRows kept = whole ? null : new SequenceRows(spec.layers(), length, spec.kvWidth());
        return new RowRequest(canvas, computed, demand, new Predictions(), Guidance.NONE, kept, () -> false);
    }
}
