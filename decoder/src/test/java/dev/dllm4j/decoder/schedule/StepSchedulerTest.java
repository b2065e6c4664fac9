package dev.dllm4j.decoder.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.RandomOrder;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decodings that share forwards, on a random model: whoever joins, leaves or fails, the others' answers stand. */
class StepSchedulerTest {
    private static final DecodingConfig FRAME =
            DecodingConfig.DEFAULT.withFrame(new Blocks(8), 24, 24).withStop(new FullCanvas());

    @TempDir
    private Path folder;

    private OnnxModel model;
    private Decoder decoder;

    @BeforeEach
    void openARandomModel() {
        model = TinyModels.open(folder, Family.LLADA);
        decoder = new Decoder(model, new TokenNames(), Optional.empty(), "tiny");
    }

    @AfterEach
    void closeIt() {
        decoder.close();
    }

    /** Strategies, samplings, lengths and guidance side by side in one batch. */
    private List<Decoding> variety() {
        return List.of(
                decoder.start(prompt(3), FRAME),
                decoder.start(prompt(9), FRAME.withStrategy(new FixedSchedule())),
                decoder.start(prompt(5), FRAME.withSampling(new Sampling(0.8, 20, 0.9, 7))),
                decoder.start(prompt(0), FRAME.withStrategy(new RandomOrder()).withGenLength(16)),
                decoder.start(prompt(12), FRAME.withGuidance(1.5)),
                decoder.start(prompt(7), FRAME.withSampling(new Sampling(1, 0, 1, 8))));
    }

    private int[] prompt(int length) {
        return IntStream.range(0, length).map(i -> (5 * i + length) % 90).toArray();
    }

    @Test
    void everyAnswerInABatchIsTheAnswerAlone() {
        List<Decoding> together = variety();
        StepScheduler scheduler = new StepScheduler(model);
        together.forEach(scheduler::join);
        while (!scheduler.active().isEmpty()) {
            scheduler.step();
        }
        assertSameAsAlone(together, variety());
    }

    @Test
    void joiningLateAndLeavingForAWhileChangesNoAnswer() {
        List<Decoding> together = variety();
        StepScheduler scheduler = new StepScheduler(model);
        for (int step = 0; together.stream().anyMatch(decoding -> !decoding.done()); step++) {
            if (step < together.size()) {
                scheduler.join(together.get(step));
            }
            if (step == 3) {
                scheduler.leave(together.get(1));
            }
            if (step == 9) {
                scheduler.join(together.get(1));
            }
            scheduler.step();
        }
        assertSameAsAlone(together, variety());
    }

    @Test
    void cancellingOneLeavesTheOthersTheirAnswers() {
        List<Decoding> together = variety();
        StepScheduler scheduler = new StepScheduler(model);
        together.forEach(scheduler::join);
        for (int step = 0; !scheduler.active().isEmpty(); step++) {
            if (step == 4) {
                together.get(2).cancel();
            }
            scheduler.step();
        }
        assertThat(together.get(2).finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(together.get(2).work().forwards()).isEqualTo(4);
        List<Decoding> survivors = new ArrayList<>(together);
        survivors.remove(2);
        List<Decoding> alone = new ArrayList<>(variety());
        alone.remove(2);
        assertSameAsAlone(survivors, alone);
    }

    @Test
    void oneThatFailsLeavesAndTheOthersGoOn() {
        Decoding failing = decoder.start(prompt(4), FRAME.withStrategy(new NothingAtStepTwo()));
        Decoding healthy = decoder.start(prompt(3), FRAME);
        StepScheduler scheduler = new StepScheduler(model);
        scheduler.join(failing);
        scheduler.join(healthy);
        List<Outcome> failures = new ArrayList<>();
        while (!scheduler.active().isEmpty()) {
            scheduler.step().stream().filter(Outcome.Failed.class::isInstance).forEach(failures::add);
        }
        assertThat(failures).singleElement().satisfies(outcome -> {
            assertThat(outcome.decoding()).isSameAs(failing);
            assertThat(((Outcome.Failed) outcome).cause()).hasMessageContaining("committed nothing at step 2");
        });
        assertSameAsAlone(List.of(healthy), List.of(decoder.start(prompt(3), FRAME)));
    }

    @Test
    void aForwardThatOneBreaksIsMadeByEachAlone() {
        DecodingConfig dual = FRAME.withCache(CacheSpec.parse("dual"));
        DecodingConfig elastic = FRAME.withCache(CacheSpec.parse("elastic"));
        List<DecodingConfig> configs = List.of(FRAME, dual, elastic);
        Decoding breaking = decoder.start(prompt(4), FRAME);
        List<Decoding> healthy =
                configs.stream().map(config -> decoder.start(prompt(3), config)).toList();
        StepScheduler scheduler = new StepScheduler(new BreaksOnPrompt(model, 4, new ModelException("broken")));
        scheduler.join(breaking);
        healthy.forEach(scheduler::join);

        List<Outcome> first = scheduler.step();

        assertThat(first).hasSize(4);
        assertThat(first.get(0))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.cause()).hasMessage("broken"));
        assertThat(first.subList(1, 4)).allMatch(Outcome.Advanced.class::isInstance);
        assertThat(breaking.done()).isTrue();
        while (!scheduler.active().isEmpty()) {
            scheduler.step();
        }
        assertSameAsAlone(
                healthy,
                configs.stream().map(config -> decoder.start(prompt(3), config)).toList());
        assertThat(decoder.cache().liveBytes()).isZero();
    }

    @Test
    void oneWhoseReaderOfWholeRowsFailsFailsAlone() {
        DecodingConfig sampled = FRAME.withSampling(new Sampling(1, 0, 0.9, 5)).withCache(CacheSpec.parse("dual"));
        Decoding failing = decoder.start(prompt(4), FRAME.withStrategy(new RowsUnreadable()));
        List<Decoding> healthy = List.of(decoder.start(prompt(3), sampled), decoder.start(prompt(5), FRAME));
        StepScheduler scheduler = new StepScheduler(model);
        scheduler.join(healthy.get(0));
        scheduler.join(failing);
        scheduler.join(healthy.get(1));

        assertThat(scheduler.step())
                .filteredOn(Outcome.Failed.class::isInstance)
                .singleElement()
                .satisfies(outcome -> {
                    assertThat(outcome.decoding()).isSameAs(failing);
                    assertThat(((Outcome.Failed) outcome).cause()).hasMessage("unreadable");
                });
        while (!scheduler.active().isEmpty()) {
            assertThat(scheduler.step()).allMatch(Outcome.Advanced.class::isInstance);
        }
        assertSameAsAlone(healthy, List.of(decoder.start(prompt(3), sampled), decoder.start(prompt(5), FRAME)));
        assertThat(decoder.cache().liveBytes()).isZero();
    }

    @Test
    void anErrorInAForwardEndsOnlyWhoCausesIt() {
        Decoding breaking = decoder.start(prompt(4), FRAME);
        Decoding healthy = decoder.start(prompt(3), FRAME);
        StepScheduler scheduler = new StepScheduler(new BreaksOnPrompt(model, 4, new StackOverflowError("deep")));
        scheduler.join(breaking);
        scheduler.join(healthy);

        List<Outcome> first = scheduler.step();

        assertThat(first.get(0))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.cause()).hasMessageContaining("StackOverflowError: deep"));
        assertThat(first.get(1)).isInstanceOf(Outcome.Advanced.class);
        while (!scheduler.active().isEmpty()) {
            scheduler.step();
        }
        assertSameAsAlone(List.of(healthy), List.of(decoder.start(prompt(3), FRAME)));
        assertThat(decoder.cache().liveBytes()).isZero();
    }

    @Test
    void aBrokenForwardCostsCachedRowsButNoAnswer() {
        // Every second forward of several breaks, so rows are lost in the middle of blocks, too.
        MaskPredictor flaky = new EverySecondBreaks(model);
        StepScheduler scheduler = new StepScheduler(flaky);
        List<Decoding> all = Stream.of("none", "prefix", "dual", "elastic", "dllm-cache")
                .map(cache -> decoder.start(prompt(3), FRAME.withCache(CacheSpec.parse(cache))))
                .toList();
        all.forEach(scheduler::join);
        while (!scheduler.active().isEmpty()) {
            assertThat(scheduler.step()).allMatch(Outcome.Advanced.class::isInstance);
        }
        assertThat(all).allMatch(decoding -> decoding.finishReason() == FinishReason.LENGTH);
        assertSameAsAlone(all.subList(0, 1), List.of(decoder.start(prompt(3), FRAME)));
        assertThat(decoder.cache().liveBytes()).isZero();
    }

    @Test
    void aFinishedDecodingIsNotTakenInAndOneIsNotTakenTwice() {
        Decoding decoding = decoder.start(prompt(2), FRAME);
        StepScheduler scheduler = new StepScheduler(model);
        scheduler.join(decoding);
        assertThatThrownBy(() -> scheduler.join(decoding)).isInstanceOf(IllegalStateException.class);
        decoding.cancel();
        assertThat(scheduler.step()).isEmpty();
        scheduler.join(decoding);
        assertThat(scheduler.active()).isEmpty();
    }

    private void assertSameAsAlone(List<Decoding> together, List<Decoding> alone) {
        for (int i = 0; i < together.size(); i++) {
            List<Object> steps = new ArrayList<>();
            while (!alone.get(i).done()) {
                steps.add(alone.get(i).step().commits());
            }
            assertThat(together.get(i).tokens()).isEqualTo(alone.get(i).tokens());
            assertThat(together.get(i).work().forwards()).isEqualTo(steps.size());
            assertThat(together.get(i).work().rowsComputed())
                    .isEqualTo(alone.get(i).work().rowsComputed());
        }
    }

    /** Fails whenever a sequence with a prompt of this length is among those asked for. */
    private record BreaksOnPrompt(MaskPredictor model, int length, Throwable failure) implements MaskPredictor {
        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public void predict(List<RowRequest> requests) {
            model.predict(requests);
            if (requests.stream().anyMatch(request -> request.canvas().promptLength() == length)) {
                if (failure instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) failure;
            }
        }

        @Override
        public void close() {}
    }

    /** Fails in every second forward that several sequences share, after all rows were written. */
    private static final class EverySecondBreaks implements MaskPredictor {
        private final MaskPredictor model;
        private int shared;

        EverySecondBreaks(MaskPredictor model) {
            this.model = model;
        }

        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public void predict(List<RowRequest> requests) {
            model.predict(requests);
            if (requests.size() > 1 && ++shared % 2 == 0) {
                throw new ModelException("broken");
            }
        }

        @Override
        public void close() {}
    }

    /** Breaks its promise at the third step. */
    private record NothingAtStepTwo() implements UnmaskingStrategy {
        @Override
        public Selector start(dev.dllm4j.decoder.unmask.Plan plan) {
            Selector sound = new ConfidenceThreshold(2).start(plan);
            return (StepView view, Positions chosen) -> {
                if (view.step() != 2) {
                    sound.select(view, chosen);
                }
            };
        }
    }

    /** Asks for whole rows and fails at the first. */
    private record RowsUnreadable() implements UnmaskingStrategy {
        @Override
        public Selector start(Plan plan) {
            return new Selector() {
                @Override
                public void demand(Canvas canvas, Part part, Positions open, Demand demand) {
                    demand.positions().addAll(open);
                    demand.fullRows((slot, row) -> {
                        throw new IllegalStateException("unreadable");
                    });
                }

                @Override
                public void select(StepView view, Positions chosen) {
                    throw new IllegalStateException("no forward was answered");
                }
            };
        }
    }
}
