package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.Tracking.Along;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.Work;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.convert.WeightType;
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

/** A whole answer behind a prompt of 64, three commits a step: the elastic cache against none. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 3, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class CacheBenchmark {
    private static final String NO_CACHE = "none";
    private static final String BY_DRIFT = "drift";
    private static final int[] PROMPT = BenchmarkModel.prompt(64);
    private static final ElasticCache ELASTIC = new ElasticCache(0.9, 1, Along.HEADS, BlockCaching.ON);

    @Param("RANDOM_6X512")
    public BenchmarkModel model;

    @Param({"256", "512"})
    public int genLength;

    /** Percent of layers, over all forwards behind the first, that compute every row; no cache; or as drift decides. */
    @Param({NO_CACHE, "0", "10", "20"})
    public String refreshed;

    @Param("3")
    public int commits;

    @Param("F32")
    public WeightType weights;

    @Param("2")
    public int threads;

    private Decoder decoder;
    private DecodingConfig config;

    @Setup
    public void open() {
        RefreshPolicy cache = switch (refreshed) {
            case NO_CACHE -> new NoCache();
            case BY_DRIFT -> ELASTIC;
            default -> new ScriptedRefreshes(ELASTIC, Integer.parseInt(refreshed) / 100.0);
        };
        config = DecodingConfig.DEFAULT
                .withFrame(new Leftmost(16), genLength, genLength)
                .withStrategy(new TopK(commits))
                .withStop(new FullCanvas())
                .withCache(cache);
        decoder = Decoder.open(model.folder(weights), new RuntimeOptions(Device.CPU, threads));
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
