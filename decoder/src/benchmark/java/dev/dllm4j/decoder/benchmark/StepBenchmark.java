package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
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
 * One whole step without a cache: plan, forward, choice, one commit, report. Every 192nd step also starts the next
 * decoding.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 10, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class StepBenchmark {
    private static final int[] PROMPT = BenchmarkModel.prompt(64);

    /** Above 1, the threshold holds every position back but the best. */
    private static final DecodingConfig ONE_TOKEN_A_STEP = DecodingConfig.DEFAULT
            .withGenLength(BenchmarkModel.CANVAS - PROMPT.length)
            .withStrategy(new ConfidenceThreshold(2))
            .withStop(new FullCanvas());

    @Param({"STARTER", "RANDOM_6X512"})
    public BenchmarkModel model;

    private Decoder decoder;
    private Decoding decoding;

    @Setup
    public void open() {
        decoder = Decoder.open(model.folder(), BenchmarkModel.RUNTIME);
        decoding = decoder.start(PROMPT, ONE_TOKEN_A_STEP);
    }

    @TearDown
    public void close() {
        decoder.close();
    }

    @Benchmark
    public StepReport step() {
        if (decoding.done()) {
            decoding = decoder.start(PROMPT, ONE_TOKEN_A_STEP);
        }
        return decoding.step();
    }
}
