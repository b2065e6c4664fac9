package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.schedule.StepScheduler;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.TopK;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A step reuses what the steps before it made, and leaves little for the garbage collector. */
class AllocationTest {
    private static final long LIMIT_BYTES = 64 << 10;
    private static final int STEPS = 64;
    private static final DecodingConfig CONFIG = DecodingConfig.DEFAULT
            .withFrame(new Blocks(32), STEPS, STEPS)
            .withStrategy(new FixedSchedule())
            .withStop(new FullCanvas());
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static OnnxModel model;

    /** As many layers as the bundled starter has; the sessions that are called count, not their width. */
    @BeforeAll
    static void openAModelOfSixLayers(@TempDir Path folder) {
        Shape shape = new Shape(Family.LLADA, 6, 16, 2, 2, 24, 32, 256, false, DataType.F32, 1);
        model = OnnxModel.open(TinyModels.convert(folder, shape), RuntimeOptions.DEFAULT);
    }

    @AfterAll
    static void closeIt() {
        model.close();
    }

    @Test
    void aStepOfADecodingAllocatesLittle() {
        finish(start(10));
        Decoding decoding = start(10);
        decoding.step();
        long most = 0;
        while (!decoding.done()) {
            long before = allocated();
            decoding.step();
            most = Math.max(most, allocated() - before);
        }
        assertLittle("a step", most);
    }

    @Test
    void aStepOfThreeInAForwardAllocatesLittleForEach() {
        finish(start(5), start(10), start(20));
        StepScheduler scheduler = scheduler(start(5), start(10), start(20));
        scheduler.step();
        long most = 0;
        while (!scheduler.active().isEmpty()) {
            long before = allocated();
            int stepped = scheduler.step().size();
            most = Math.max(most, (allocated() - before) / stepped);
        }
        assertLittle("a decoding's share of a step of three", most);
    }

    /** Once a decoding of its length has been before it, one under a cache takes no direct memory either. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "prefix",
                "dual",
                "elastic",
                "elastic(gamma=1.5)",
                "elastic(gamma=0.99,along=keys,block-caching=off)",
                "dllm-cache"
            })
    void aStepUnderACacheAllocatesLittleAndNoDirectMemory(String policy) {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        finish(start(10, policy, cache));
        long direct = direct();
        Decoding decoding = start(10, policy, cache);
        decoding.step();
        long most = 0;
        while (!decoding.done()) {
            long before = allocated();
            decoding.step();
            most = Math.max(most, allocated() - before);
        }
        assertLittle("a step under " + policy, most);
        assertThat(direct()).as("bytes of direct memory").isLessThanOrEqualTo(direct);
    }

    private static Decoding start(int promptLength, String policy, LayerCache cache) {
        DecodingConfig config = CONFIG.withFrame(
                        CacheSpec.window(CacheSpec.parse(policy), new Blocks(32)), STEPS, STEPS)
                .withStrategy(new TopK(1))
                .withCache(CacheSpec.parse(policy));
        return new Decoding(model, IntStream.range(0, promptLength).toArray(), Draft.masks(STEPS), config, cache);
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getTotalCapacity)
                .sum();
    }

    private static void assertLittle(String what, long bytes) {
        System.out.println(what + " allocates " + bytes + " bytes at most");
        assertThat(bytes).as("bytes of " + what).isLessThan(LIMIT_BYTES);
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    private static Decoding start(int promptLength) {
        return new Decoding(model, IntStream.range(0, promptLength).toArray(), CONFIG);
    }

    private static void finish(Decoding... decodings) {
        StepScheduler scheduler = scheduler(decodings);
        while (!scheduler.active().isEmpty()) {
            scheduler.step();
        }
    }

    private static StepScheduler scheduler(Decoding... decodings) {
        StepScheduler scheduler = new StepScheduler(model);
        List.of(decodings).forEach(scheduler::join);
        return scheduler;
    }
}
