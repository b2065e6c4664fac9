package dev.dllm4j.decoder.benchmark;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reading once, by one thread, as many bytes as the experts of a layer of {@code EXPERTS_16X1024} have. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls fill() before anything else.
public class MemoryReadBenchmark {
    private static final int LONGS = 64 * 3 * 1024 * 512 / 2;

    private long[] memory;

    @Setup
    public void fill() {
        memory = new long[LONGS];
        for (int i = 0; i < LONGS; i++) {
            memory[i] = i;
        }
    }

    /** Four sums, so that none waits for the one before. */
    @Benchmark
    public long read() {
        long first = 0;
        long second = 0;
        long third = 0;
        long fourth = 0;
        for (int i = 0; i < LONGS; i += 4) {
            first += memory[i];
            second += memory[i + 1];
            third += memory[i + 2];
            fourth += memory[i + 3];
        }
        return first + second + third + fourth;
    }
}
