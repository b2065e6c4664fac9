package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.benchmark.BenchmarkModel;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import java.nio.FloatBuffer;
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
 * The head alone, over random rows behind the last layer. Inside a whole forward its share is too small to be told from
 * the noise of the layers.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class HeadBenchmark {
    @Param({"STARTER", "RANDOM_6X512"})
    public BenchmarkModel model;

    @Param({"2", "32", "256"})
    public int positions;

    /** Whether the logits themselves come along, as drawing a token at a temperature needs them. */
    @Param({"false", "true"})
    public boolean fullRows;

    private OrtSession.SessionOptions options;
    private Head head;
    private Slab hidden;
    private List<Segment> segments;

    @Setup
    public void open() {
        ModelSpec spec = ModelFolder.read(model.folder()).spec();
        OrtEnvironment environment = OrtProcess.environment(BenchmarkModel.RUNTIME.threads());
        options = OrtProcess.sessionOptions(BenchmarkModel.RUNTIME.device());
        head = new Head(environment, options, model.folder(), spec);
        hidden = Slab.floats(environment, spec.hidden());
        hidden.reserve(BenchmarkModel.CANVAS);
        fill(hidden.floats());
        segments = List.of(new Segment(request(spec)));
    }

    @TearDown
    public void close() {
        Closing.all(List.of(options, hidden, head));
    }

    @Benchmark
    public void head() {
        head.predict(segments, hidden, request -> "none");
    }

    private RowRequest request(ModelSpec spec) {
        Canvas canvas = new Canvas(new int[0], BenchmarkModel.CANVAS, spec.maskToken());
        Positions rows = new Positions(BenchmarkModel.CANVAS);
        rows.addRange(0, BenchmarkModel.CANVAS);
        Demand demand = new Demand(positions);
        demand.positions().addRange(0, positions);
        if (fullRows) {
            demand.fullRows((slot, row) -> {});
        }
        return new RowRequest(canvas, rows, demand, new Predictions(), Guidance.NONE, null, () -> false);
    }

    private static void fill(FloatBuffer values) {
        Random random = new Random(1);
        for (int i = 0; i < values.capacity(); i++) {
            values.put(i, (float) random.nextGaussian());
        }
    }
}
