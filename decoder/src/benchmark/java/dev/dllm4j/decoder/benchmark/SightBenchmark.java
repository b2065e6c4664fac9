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

/** One forward of 1,024 rows that keeps all their keys and values, as a long prompt is computed. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 10, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class SightBenchmark {
    private static final int ROWS = 1024;

    /** Positions of a block; 0 where every row sees every key. */
    @Param({"0", "4", "32"})
    public int block;

    private OnnxModel runtime;
    private List<RowRequest> requests;

    @Setup
    public void open() {
        BenchmarkModel model = switch (block) {
            case 4 -> BenchmarkModel.BLOCKS_OF_4_6X512;
            case 32 -> BenchmarkModel.BLOCKS_6X512;
            default -> BenchmarkModel.RANDOM_6X512;
        };
        runtime = OnnxModel.open(model.folder(), BenchmarkModel.RUNTIME);
        requests = List.of(request(runtime.spec()));
    }

    @TearDown
    public void close() {
        runtime.close();
    }

    @Benchmark
    public void prompt() {
        runtime.predict(requests);
    }

    private static RowRequest request(ModelSpec spec) {
        Canvas canvas = new Canvas(BenchmarkModel.prompt(ROWS - 4), 4, spec.maskToken());
        Positions computed = new Positions(ROWS);
        computed.addRange(0, ROWS);
        Demand demand = new Demand(4);
        demand.positions().addRange(ROWS - 4, ROWS);
        SequenceRows kept = new SequenceRows(spec.layers(), ROWS, spec.kvWidth());
        return new RowRequest(canvas, computed, demand, new Predictions(), Guidance.NONE, kept, () -> false);
    }
}
