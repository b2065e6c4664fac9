package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.Tracking.Along;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.Work;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.TopK;
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
 * A whole answer of 512 tokens behind a prompt of 256, in blocks of 32, three commits a step: the policy for finished
 * blocks against none on a model that sees block by block, and beside them what is kept of one that sees everything.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 3, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class BlocksBenchmark {
    private static final int GEN_LENGTH = 512;
    private static final int[] PROMPT = BenchmarkModel.prompt(256);
    private static final String SCRIPTED = "elastic-";

    /**
     * Of the model that sees block by block: no cache, finished blocks with their rows along with others' or apart, and
     * the block cache; of the other one the elastic cache, with the percent of layers that compute every row.
     */
    @Param({"none", "blocks", "none-again", "blocks-again", "apart", "dual", "elastic-0", "elastic-10"})
    public String cache;

    @Param("2")
    public int threads;

    private Decoder decoder;
    private DecodingConfig config;

    @Setup
    public void open() {
        boolean everything = cache.startsWith(SCRIPTED);
        config = DecodingConfig.DEFAULT
                .withFrame(Window.parse("blocks(32,from=start)"), GEN_LENGTH, GEN_LENGTH)
                .withStrategy(new TopK(3))
                .withStop(new FullCanvas())
                .withCache(everything ? scripted() : policy());
        BenchmarkModel model = everything ? BenchmarkModel.RANDOM_6X512 : BenchmarkModel.BLOCKS_6X512;
        decoder = Decoder.open(model.folder(), new RuntimeOptions(Device.CPU, threads));
    }

    /** No answer starts from the prompt's rows of the one before. */
    private RefreshPolicy policy() {
        return CacheSpec.parse(
                switch (cache) {
                    case "none", "none-again" -> "none";
                    case "blocks", "blocks-again" -> "blocks(prefix-reuse=off)";
                    case "apart" -> "blocks(clean=apart,prefix-reuse=off)";
                    default -> cache;
                });
    }

    private RefreshPolicy scripted() {
        double share = Integer.parseInt(cache.substring(SCRIPTED.length())) / 100.0;
        return new ScriptedRefreshes(new ElasticCache(0.9, 1, Along.HEADS, BlockCaching.ON), share);
    }

    @TearDown
    public void close() {
        decoder.close();
    }

    @Benchmark
    public Work answer(AnswerCounts counts) {
        Decoding decoding = decoder.start(PROMPT, config);
        while (!decoding.done()) {
            decoding.step();
        }
        Work work = decoding.work();
        counts.add(work);
        return work;
    }
}
