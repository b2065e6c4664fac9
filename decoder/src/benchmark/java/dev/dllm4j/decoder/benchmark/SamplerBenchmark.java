package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.sample.Sampler;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.testing.Family;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Random;
import java.util.Set;
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

/** What drawing the tokens of one step costs, without a model: 32 rows of LLaDA's vocabulary. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class SamplerBenchmark {
    private static final int ROWS = 32;
    private static final int VOCABULARY = 126_464;

    /** Whose confidence the proposals have: the token's in the whole row, or in the filtered one. */
    @Param
    public Family family;

    /** Logits of a deviation of 1, or of 2 and one token at 20, which has all but a thousandth of the probability. */
    @Param({"flat", "peaked"})
    public String logits;

    /** Temperature, top-k and top-p. */
    @Param({"1/0/1", "1/50/1", "1/0/0.9"})
    public String sampling;

    private final Noise noise = new Noise(0);
    private final Predictions predictions = new Predictions();
    private final Demand demand = new Demand(ROWS);
    private FloatBuffer rows;
    private Sampler sampler;
    private int step;

    @Setup
    public void open() {
        String[] numbers = sampling.split("/", -1);
        sampler = new Sampler(
                new Sampling(
                        Double.parseDouble(numbers[0]),
                        Integer.parseInt(numbers[1]),
                        Double.parseDouble(numbers[2]),
                        0),
                family.spec(VOCABULARY, 4, 1, 2, 2, 2, 8, 64, 10_000, 1e-5, VOCABULARY - 1, Set.of(), Set.of()));
        rows = ByteBuffer.allocateDirect(ROWS * VOCABULARY * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        Random random = new Random(1);
        boolean peaked = logits.equals("peaked");
        for (int i = 0; i < rows.capacity(); i++) {
            rows.put(i, (float) (random.nextGaussian() * (peaked ? 2 : 1)));
        }
        demand.positions().addRange(0, ROWS);
        predictions.reset(demand, ROWS);
        for (int slot = 0; slot < ROWS; slot++) {
            if (peaked) {
                rows.put(slot * VOCABULARY + random.nextInt(VOCABULARY - 1), 20);
            }
            predictions.fill(slot, 0, 0.5f, 1, 0.25f, 1, 20);
        }
    }

    @Benchmark
    public Predictions sample() {
        demand.clear();
        demand.positions().addRange(0, ROWS);
        sampler.demand(demand, step++, noise);
        for (int slot = 0; slot < ROWS; slot++) {
            demand.row(slot, rows.slice(slot * VOCABULARY, VOCABULARY));
        }
        sampler.propose(predictions);
        return predictions;
    }
}
