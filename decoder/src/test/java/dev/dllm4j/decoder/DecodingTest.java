package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.Forward;
import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.unmask.Certainty;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.DreamSchedule;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.RandomOrder;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DecodingTest {
    private static final int[] PROMPT = {1, 2, 3};
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;

    /** Four positions in blocks of two, one token a step unless two are sure. */
    private static final DecodingConfig CONFIG = new DecodingConfig(
            new Blocks(2),
            new ConfidenceThreshold(0.9),
            new NoCache(),
            StopRule.parse("eot"),
            4,
            4,
            Sampling.GREEDY,
            Guidance.NONE);

    /** Says of each position its own number, half sure; of position 4 quite sure. */
    private final ScriptedPredictor model =
            new ScriptedPredictor((forward, position) -> Prediction.of(position, position == 4 ? 0.75 : 0.5));

    @Test
    void aStepReportsExactlyWhatItDid() {
        Decoding decoding = start(CONFIG);

        StepReport first = decoding.step();
        assertThat(first.step()).isZero();
        assertThat(first.commits()).containsExactly(new Commit(4, 4, 0.75f));
        assertThat(first.length()).isEqualTo(7);
        assertThat(first.settledEnd()).isEqualTo(3);
        assertThat(first.done()).isFalse();
        assertThat(first.work().forwards()).isEqualTo(1);
        assertThat(first.work().rowsComputed()).isEqualTo(7);
        assertThat(first.work().rowsFull()).isEqualTo(7);

        StepReport second = decoding.step();
        assertThat(second.step()).isEqualTo(1);
        assertThat(second.commits()).containsExactly(new Commit(3, 3, 0.5f));
        assertThat(second.settledEnd()).isEqualTo(5);
        assertThat(second.work().rowsComputed()).isEqualTo(14);
        assertThat(decoding.tokens()).containsExactly(1, 2, 3, 3, 4, MASK, MASK);
        assertThat(decoding.settled()).containsExactly(3, 4);
    }

    @Test
    void aRequestAsksForTheOpenPositionsAndTheRowsOfTheCachePolicy() {
        Decoding decoding = start(CONFIG);
        decoding.step();
        RowRequest request = decoding.request();

        assertThat(request.demand().positions().stream()).containsExactly(3);
        assertThat(request.demand().wantsFullRows()).isFalse();
        assertThat(request.rows().stream()).containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void theTimesOfModelAndSelectionAddUpToNoMoreThanTheWhole() {
        long startedAt = System.nanoTime();
        Decoding decoding = start(CONFIG);
        finish(decoding);
        long elapsed = System.nanoTime() - startedAt;
        Work work = decoding.work();

        assertThat(work.modelNanos()).isPositive();
        assertThat(work.selectNanos()).isPositive();
        assertThat(work.totalNanos()).isBetween(work.modelNanos() + work.selectNanos(), elapsed);
    }

    @Test
    void commitsAreReportedInTheOrderOfTheirPositions() {
        Decoding decoding = start(CONFIG.withWindow(new WholeCanvas()).withStrategy(new ConfidenceThreshold(0)));

        assertThat(decoding.step().commits()).extracting(Commit::position).containsExactly(3, 4, 5, 6);
    }

    @Test
    void runsUntilTheCanvasIsFull() {
        Decoding decoding = start(CONFIG);
        List<StepReport> reports = finish(decoding);

        assertThat(reports).hasSize(4);
        assertThat(reports).extracting(StepReport::done).containsExactly(false, false, false, true);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(decoding.tokens()).containsExactly(1, 2, 3, 3, 4, 5, 6);
        assertThat(decoding.settled()).containsExactly(3, 4, 5, 6);
        assertThat(decoding.promptLength()).isEqualTo(3);
        assertThat(decoding.config()).isEqualTo(CONFIG);
        assertThat(model.forwards()).isEqualTo(4);
    }

    @Test
    void theStreamOfStepsPullsOneAfterTheOther() {
        Decoding decoding = start(CONFIG);
        List<StepReport> firstTwo = decoding.steps().limit(2).toList();
        assertThat(firstTwo).extracting(StepReport::step).containsExactly(0, 1);
        assertThat(decoding.done()).isFalse();
        assertThat(decoding.steps().toList()).extracting(StepReport::step).containsExactly(2, 3);
        assertThat(decoding.steps()).isEmpty();
    }

    @Test
    void aFinishedDecodingTakesNoFurtherStep() {
        Decoding decoding = start(CONFIG);
        finish(decoding);

        assertThatThrownBy(decoding::step)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the decoding is done");
    }

    @Test
    void theFinishReasonIsKnownAtTheEndOnly() {
        Decoding decoding = start(CONFIG);
        decoding.step();

        assertThatThrownBy(decoding::finishReason)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the decoding is not done");
    }

    @Test
    void requestAndAcceptTakeTurns() {
        Decoding decoding = start(CONFIG);

        assertThatThrownBy(decoding::accept)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no request is unanswered");
        model.predict(List.of(decoding.request()));
        assertThatThrownBy(decoding::request)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the last request is unanswered");
        decoding.accept();
        assertThatThrownBy(decoding::accept).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void twoSequencesInOneForwardDecodeAsTheyDoAlone() {
        DecodingConfig sampled = CONFIG.withSampling(new Sampling(1.5, 0, 1, 7));
        Decoding alone = start(sampled);
        finish(alone);
        Decoding one = start(sampled);
        Decoding other = new Decoding(model, new int[] {9}, sampled.withStrategy(new RandomOrder()));
        while (!one.done()) {
            model.predict(List.of(other.request(), one.request()));
            other.accept();
            one.accept();
        }

        assertThat(one.tokens()).isEqualTo(alone.tokens());
    }

    @Test
    void aCancelBetweenTwoStepsEndsTheDecoding() {
        Decoding decoding = start(CONFIG);
        decoding.step();
        decoding.cancel();

        assertThat(decoding.done()).isTrue();
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(decoding.step().commits()).isEmpty();
        assertThat(decoding.tokens()).containsExactly(1, 2, 3, MASK, 4, MASK, MASK);
    }

    @Test
    void aForwardDuringWhichTheDecodingWasCancelledCommitsNothing() {
        Decoding decoding = start(CONFIG);
        model.predict(List.of(decoding.request()));
        decoding.cancel();
        StepReport report = decoding.accept();

        assertThat(report.commits()).isEmpty();
        assertThat(report.done()).isTrue();
        assertThat(report.work().forwards()).isEqualTo(1);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void theModelSeesTheCancelDuringItsForward() {
        Decoding decoding = start(CONFIG);
        RowRequest request = decoding.request();

        assertThat(request.cancelled().getAsBoolean()).isFalse();
        decoding.cancel();
        assertThat(request.cancelled().getAsBoolean()).isTrue();
    }

    @Test
    void aCancelThatComesTooLateChangesNothing() {
        Decoding decoding = start(CONFIG);
        finish(decoding);
        decoding.cancel();

        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void anEndTokenEndsTheTextOnceNoMaskLiesBeforeIt() {
        ScriptedPredictor ending = new ScriptedPredictor(
                (forward, position) -> Prediction.of(position == 4 ? END : position, position == 4 ? 0.75 : 0.5));
        Decoding decoding = new Decoding(ending, PROMPT, CONFIG);

        assertThat(decoding.step().done()).isFalse();
        StepReport last = decoding.step();

        assertThat(last.done()).isTrue();
        assertThat(last.length()).isEqualTo(5);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(decoding.tokens()).containsExactly(1, 2, 3, 3, END);
    }

    @Test
    void anEndTokenAtTheLastPositionIsAStopToo() {
        ScriptedPredictor ending =
                new ScriptedPredictor((forward, position) -> Prediction.of(position == 6 ? END : position, 0.5));
        Decoding decoding = new Decoding(ending, PROMPT, CONFIG);
        finish(decoding);

        assertThat(decoding.tokens()).hasSize(7);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void theFullCanvasIsDecodedBehindTheEndToken() {
        ScriptedPredictor ending = new ScriptedPredictor((forward, position) -> Prediction.of(END, 0.95));
        Decoding decoding = new Decoding(ending, PROMPT, CONFIG.withStop(new FullCanvas()));

        assertThat(finish(decoding)).hasSize(2);
        assertThat(decoding.tokens()).containsExactly(1, 2, 3, END, END, END, END);
        assertThat(decoding.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void guidanceCountsItsRowsTwiceAndItsForwardOnce() {
        Decoding decoding = start(CONFIG.withGuidance(1.5));

        assertThat(decoding.request().guidance()).isEqualTo(new Guidance(1.5));
        model.predict(List.of());
        decoding.cancel();
        Work work = decoding.accept().work();
        assertThat(work.forwards()).isEqualTo(1);
        assertThat(work.rowsComputed()).isEqualTo(14);
        assertThat(work.rowsFull()).isEqualTo(14);
    }

    @Test
    void promptAndGenLengthMustFitTheContext() {
        Decoding fitting = new Decoding(model, new int[60], CONFIG);
        assertThat(fitting.tokens()).hasSize(64);

        assertThatThrownBy(() -> new Decoding(model, new int[61], CONFIG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the prompt has 61 tokens and gen length is 4; together they must fit the model's context"
                        + " of 64, so shorten the prompt or the gen length");
    }

    @Test
    void anEmptyPromptIsDecodedToo() {
        Decoding decoding = new Decoding(model, new int[0], CONFIG);
        finish(decoding);

        assertThat(decoding.tokens()).containsExactly(0, 1, 2, 3);
    }

    @Test
    void aStrategyThatCommitsNothingIsABrokenPromise() {
        Decoding decoding = start(CONFIG.withStrategy(new Choosing("idle")));

        assertThatThrownBy(decoding::step)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("strategy idle committed nothing at step 0");
    }

    @Test
    void aStepMayCommitNothingAsOftenAsTheStrategyDeclares() {
        Decoding decoding =
                start(CONFIG.withWindow(new WholeCanvas()).withStrategy(new DreamSchedule(Certainty.CONFIDENCE, 0)));

        assertThat(finish(decoding))
                .extracting(report -> report.commits().size())
                .containsExactly(0, 1, 1, 2);

        Decoding idle = start(CONFIG.withStrategy(new Idle(2)));
        assertThat(idle.step().commits()).isEmpty();
        assertThat(idle.step().commits()).isEmpty();
        assertThatThrownBy(idle::step)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("committed nothing at step 2");
    }

    @Test
    void aCacheThatAlwaysOwesAForwardIsABrokenPromise() {
        Decoding decoding = start(CONFIG.withCache(new Owing()));
        for (int forward = 1; forward < decoding.mostForwards(); forward++) {
            decoding.step();
        }

        assertThatThrownBy(decoding::step)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cache owing owes more than the 4 forwards that this decoding can need");
        assertThat(decoding.done()).isTrue();
    }

    /** Owes a forward at all times, and declares none. */
    private record Owing() implements RefreshPolicy {
        @Override
        public Keeps keeps() {
            return Keeps.NOTHING;
        }

        @Override
        public Refresh start(SequenceShape shape) {
            return new Refresh() {
                @Override
                public void plan(Forward forward, RowPlan plan) {
                    plan.refreshAll(forward.length());
                }

                @Override
                public boolean owesForward(boolean stopped) {
                    return true;
                }
            };
        }

        @Override
        public String toString() {
            return "owing";
        }
    }

    /** Commits nothing, and says so of fewer steps than there are. */
    private record Idle(int declared) implements UnmaskingStrategy {
        @Override
        public Selector start(Plan plan) {
            return (view, chosen) -> {};
        }

        @Override
        public int emptySteps(Plan plan) {
            return declared;
        }
    }

    @Test
    void aStrategyThatChoosesWhatIsNotOpenIsABrokenPromise() {
        assertThatThrownBy(start(CONFIG.withStrategy(new Choosing("greedy", 5)))::step)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("position 5 was not demanded");
        assertThatThrownBy(start(CONFIG.withStrategy(new Choosing("twice", 3, 3)))::step)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("position 3 is committed already");
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theSameSeedDecodesTheSameText(Family family) {
        MaskPredictor unsure = new ScriptedPredictor(family, (forward, position) -> Prediction.of(5, 0.2));
        DecodingConfig config = CONFIG.withGenLength(32).withStrategy(new FixedSchedule());

        assertThat(decode(unsure, config, 7)).isEqualTo(decode(unsure, config, 7));
        assertThat(decode(unsure, config, 7)).isNotEqualTo(decode(unsure, config, 8));
    }

    @Test
    void theSettledPrefixIsNeverRetractedAndNoTokenChanges() {
        Cases.check(100, seed -> {
            Random random = new Random(seed);
            ScriptedPredictor restless = new ScriptedPredictor(
                    (forward, position) -> Prediction.of(random.nextInt(MASK), 0.1 + 0.9 * random.nextDouble()));
            Decoding decoding = new Decoding(restless, PROMPT, CONFIG.withGenLength(24));
            int[] before = decoding.tokens();
            int settledBefore = 0;
            while (!decoding.done()) {
                StepReport report = decoding.step();
                int[] now = decoding.tokens();
                assertThat(report.commits()).isNotEmpty();
                assertThat(now).hasSize(report.length());
                for (int position = 0; position < now.length; position++) {
                    assertThat(before[position]).isIn(MASK, now[position]);
                }
                assertThat(decoding.settled()).hasSizeGreaterThanOrEqualTo(settledBefore);
                before = now;
                settledBefore = decoding.settled().length;
            }
            assertThat(restless.forwards()).isLessThanOrEqualTo(24);
            assertThat(Arrays.copyOfRange(before, PROMPT.length, before.length)).isEqualTo(decoding.settled());
        });
    }

    private Decoding start(DecodingConfig config) {
        return new Decoding(model, PROMPT, config);
    }

    @Test
    void aModelThatGivesNoNumberEndsTheDecodingWithAnErrorWhateverTheStrategy() {
        for (String strategy : List.of("threshold", "entropy", "factor", "credit", "revise", "schedule", "random")) {
            for (Prediction broken : List.of(
                    new Prediction(1, Float.NaN, 2, 0, 1),
                    new Prediction(1, 0.5f, 2, 0, Float.NaN),
                    new Prediction(1, Float.POSITIVE_INFINITY, 2, 0, 1))) {
                ScriptedPredictor model = new ScriptedPredictor((forward, position) -> broken);
                Decoding decoding = new Decoding(model, PROMPT, CONFIG.withStrategy(UnmaskingStrategy.parse(strategy)));

                assertThatThrownBy(decoding::step)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("the model says of position 3 that token 1 has probability ")
                        .hasMessageEndingWith("; it must give finite numbers, so check its weights");
            }
        }
    }

    private static List<StepReport> finish(Decoding decoding) {
        List<StepReport> reports = new ArrayList<>();
        while (!decoding.done()) {
            reports.add(decoding.step());
        }
        return reports;
    }

    private static int[] decode(MaskPredictor model, DecodingConfig config, long seed) {
        Decoding decoding = new Decoding(model, PROMPT, config.withSampling(new Sampling(1, 0, 1, seed)));
        finish(decoding);
        return decoding.tokens();
    }

    /** Chooses the same positions at every step, whatever is open. */
    private record Choosing(String name, List<Integer> positions) implements UnmaskingStrategy {
        Choosing(String name, Integer... positions) {
            this(name, List.of(positions));
        }

        @Override
        public Selector start(Plan plan) {
            return (view, chosen) -> chosen.addAll(
                    Positions.of(positions.stream().mapToInt(Integer::intValue).toArray()));
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
