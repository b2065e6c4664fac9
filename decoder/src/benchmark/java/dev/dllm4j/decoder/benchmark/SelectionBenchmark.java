package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a strategy costs at one step, without a model: demand, the filling in of the statistics, choice. Nothing commits,
 * so that every step has as many masks as the first; credit has sixteen tokens at every position.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class SelectionBenchmark {
    private static final int CANDIDATES = 16;

    @Param({"32", "1024"})
    public int masks;

    @Param({
        "threshold(0.9)",
        "entropy(0.45)",
        "factor(1.0)",
        "hierarchy",
        "schedule",
        "topk(2)",
        "random",
        "revise",
        "dream-schedule",
        "dream-threshold",
        "credit(then=threshold(2))",
        "credit(then=entropy(0.45))"
    })
    public String strategy;

    private final Random random = new Random(1);
    private Canvas canvas;
    private Part part;
    private Positions open;
    private Positions chosen;
    private Demand demand;
    private Predictions predictions;
    private UnmaskingStrategy.Selector selector;
    private float[] confidences;
    private int step;

    @Setup
    public void open() {
        canvas = new Canvas(new int[64], masks, 1 << 16);
        part = new Part(0, 64, 64 + masks);
        open = new Positions(masks);
        open.addRange(part.start(), part.end());
        chosen = new Positions(masks);
        demand = new Demand(masks);
        predictions = new Predictions();
        selector = UnmaskingStrategy.parse(strategy).start(new Plan(masks, 1, masks));
        confidences = new float[masks];
        for (int slot = 0; slot < masks; slot++) {
            confidences[slot] = random.nextFloat();
        }
        for (int warm = 0; warm < CANDIDATES; warm++) {
            select();
        }
    }

    @Benchmark
    public Positions select() {
        demand.clear();
        selector.demand(canvas, part, open, demand);
        predictions.reset(demand, canvas.length());
        int token = step % CANDIDATES;
        for (int slot = 0; slot < predictions.size(); slot++) {
            float confidence = confidences[slot];
            predictions.fill(slot, token, confidence, token + 1, (1 - confidence) / 2, 1 - confidence, 0);
            for (int index = 0; index < demand.candidatesPerPosition(); index++) {
                predictions.fillCandidate(slot, index, -3);
            }
        }
        chosen.clear();
        StepView view = new StepView(canvas, part, open, predictions, step++, new Noise(0));
        selector.select(view, chosen);
        selector.takeBack(view, chosen);
        return chosen;
    }
}
