package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ReferenceModel;
import dev.dllm4j.decoder.testing.ReferenceSamplers;
import dev.dllm4j.decoder.testing.ReferenceSamplers.Choice;
import dev.dllm4j.decoder.testing.ReferenceSamplers.Frame;
import dev.dllm4j.decoder.testing.ReferenceSamplers.Model;
import dev.dllm4j.decoder.testing.ReferenceSamplers.Run;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.unmask.CarryOver;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Decodings on random models against the originals' loops over the same models in double precision: each forward commits
 * the same tokens at the same positions.
 */
class ReferenceSamplerTest {
    private static final int CASES = 40;
    /** Where less decides, float32 and double may decide differently, and neither is wrong. */
    private static final double DECIDABLE = 1e-5;

    private static final List<ReferenceModel> LLADAS = new ArrayList<>();
    private static final List<ReferenceModel> DREAMS = new ArrayList<>();

    @BeforeAll
    static void openRandomModels(@TempDir Path folder) {
        for (int seed = 0; seed < 3; seed++) {
            LLADAS.add(ReferenceModel.open(
                    folder.resolve("llada" + seed),
                    new Shape(Family.LLADA, 2, 24, 4, 2, 20, 37, 64, false, DataType.F32, seed),
                    DataType.F32));
            DREAMS.add(ReferenceModel.open(
                    folder.resolve("dream" + seed),
                    new Shape(Family.DREAM, 2, 24, 4, 2, 20, 37, 64, false, DataType.F32, seed),
                    DataType.F32));
        }
    }

    @AfterAll
    static void closeThem() {
        LLADAS.forEach(ReferenceModel::close);
        DREAMS.forEach(ReferenceModel::close);
    }

    @Test
    void theFixedScheduleIsLladas() {
        check(LLADAS, (pair, random) -> {
            Frame frame = frame(pair, random, 1 + random.nextInt(3));
            return new Case(
                    ReferenceSamplers.lladaSchedule(pair.reference()::logits, frame),
                    frame,
                    config(frame, new Blocks(frame.blockLength()), new FixedSchedule()));
        });
    }

    @Test
    void theFixedScheduleUnderGuidanceIsLladas() {
        check(LLADAS, (pair, random) -> {
            Frame frame = frame(pair, random, 1 + random.nextInt(3));
            double scale = 0.5 + random.nextInt(3);
            Model guided = canvas ->
                    pair.reference().guidedLogits(canvas, frame.prompt().size(), scale);
            return new Case(
                    ReferenceSamplers.lladaSchedule(guided, frame),
                    frame,
                    config(frame, new Blocks(frame.blockLength()), new FixedSchedule())
                            .withGuidance(scale));
        });
    }

    @Test
    void theThresholdIsFastDllms() {
        check(LLADAS, (pair, random) -> {
            Frame frame = frame(pair, random, 1 + random.nextInt(3));
            double threshold = (2 + 2 * random.nextInt(4)) / 10.0;
            return new Case(
                    ReferenceSamplers.fastDllmThreshold(pair.reference()::logits, frame, threshold),
                    frame,
                    config(frame, new Blocks(frame.blockLength()), new ConfidenceThreshold(threshold)));
        });
    }

    @Test
    void theThresholdWithQuotaAndCarryOverIsDreams() {
        check(DREAMS, (pair, random) -> {
            Frame frame = dreamFrame(pair, random);
            double threshold = (2 + 2 * random.nextInt(4)) / 10.0;
            return new Case(
                    ReferenceSamplers.dreamThreshold(pair.reference()::logits, frame, threshold),
                    frame,
                    config(frame, new WholeCanvas(), new CarryOver(threshold)));
        });
    }

    @Test
    void theFixedScheduleReadsShiftedLogits() {
        check(DREAMS, (pair, random) -> {
            Frame frame = frame(pair, random, 1 + random.nextInt(3));
            return new Case(
                    ReferenceSamplers.lladaSchedule(pair.reference()::logits, frame),
                    frame,
                    config(frame, new Blocks(frame.blockLength()), new FixedSchedule()));
        });
    }

    /** What a reference did, and the decoding that is to do the same. */
    private record Case(Run expected, Frame frame, DecodingConfig config) {}

    private interface Maker {
        Case make(ReferenceModel pair, Random random);
    }

    private static void check(List<ReferenceModel> pairs, Maker maker) {
        AtomicInteger decided = new AtomicInteger();
        Cases.check(CASES, seed -> {
            ReferenceModel pair = pairs.get((int) (seed % pairs.size()));
            Case made = maker.make(pair, new Random(seed));
            if (made.expected().smallestGap() >= DECIDABLE) {
                decided.incrementAndGet();
                assertThat(steps(pair, made)).isEqualTo(made.expected().steps());
            }
        });
        System.out.println(decided + " of " + CASES + " cases were decidable");
        assertThat(decided.get()).as("decidable cases").isGreaterThanOrEqualTo(CASES * 8 / 10);
    }

    private static List<List<Choice>> steps(ReferenceModel pair, Case made) {
        Decoding decoding = new Decoding(
                pair.model(),
                made.frame().prompt().stream().mapToInt(Integer::intValue).toArray(),
                made.config());
        List<List<Choice>> steps = new ArrayList<>();
        while (!decoding.done()) {
            steps.add(decoding.step().commits().stream()
                    .map(commit -> new Choice(commit.position(), commit.token()))
                    .toList());
        }
        return steps;
    }

    /** Blocks of up to 23 positions, with as many steps or fewer. */
    private static Frame frame(ReferenceModel pair, Random random, int blocks) {
        int stepsPerBlock = 1 + random.nextInt(6);
        int blockLength = stepsPerBlock * (1 + random.nextInt(3)) + random.nextInt(stepsPerBlock);
        return frame(pair, random, blocks, blockLength, stepsPerBlock * blocks);
    }

    /** Dream's quota is a whole number. */
    private static Frame dreamFrame(ReferenceModel pair, Random random) {
        int steps = 1 + random.nextInt(6);
        return frame(pair, random, 1, steps * (1 + random.nextInt(4)), steps);
    }

    private static Frame frame(ReferenceModel pair, Random random, int blocks, int blockLength, int steps) {
        int maskToken = pair.shape().maskToken();
        // Without a prompt all positions would look alike, and nothing could be decided.
        List<Integer> prompt =
                random.ints(1 + random.nextInt(7), 0, maskToken).boxed().toList();
        boolean shifted = pair.shape().family() == Family.DREAM;
        return new Frame(prompt, blocks, blockLength, steps, maskToken, shifted);
    }

    private static DecodingConfig config(Frame frame, Window window, UnmaskingStrategy strategy) {
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withFrame(window, frame.blocks() * frame.blockLength(), frame.steps())
                .withStrategy(strategy);
    }
}
