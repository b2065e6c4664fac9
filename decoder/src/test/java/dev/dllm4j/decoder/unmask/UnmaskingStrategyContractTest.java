package dev.dllm4j.decoder.unmask;

import static dev.dllm4j.decoder.unmask.Equal.COMMITS;
import static dev.dllm4j.decoder.unmask.Equal.WAITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.FilterFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every strategy; a new one joins by one line in {@link #strategies}. */
final class UnmaskingStrategyContractTest {
    private static final int CASES = 200;

    @TempDir
    static Path folder;

    static Stream<UnmaskingStrategy> strategies() {
        return Stream.concat(
                strategiesInOrderOfConfidence(),
                Stream.of(
                        new RandomOrder(),
                        filter(0.96),
                        filter(0.3),
                        new TraceCredits(TraceCredits.Rates.PAPER, new ConfidenceThreshold(0.9)),
                        new TraceCredits(TraceCredits.Rates.RELEASED, new EntropyThreshold(0.45, COMMITS)),
                        new TraceCredits(new TraceCredits.Adaptive(), filter(0.9)),
                        new TraceCredits(TraceCredits.Rates.PAPER, new DreamSchedule(Certainty.ENTROPY, 0)),
                        new Revision(0.7, 0.3),
                        new TraceCredits(TraceCredits.Rates.PAPER, new Revision(0.9, 0.3)),
                        new TokenEdits(0.5, 4, new ConfidenceThreshold(0.9)),
                        new TraceCredits(TraceCredits.Rates.PAPER, new TokenEdits(0.5, 4, new TopK(3))),
                        new Hierarchy(0.9, 0.4),
                        new Hierarchy(0.7, 0),
                        new BlockSchedule(BlockSchedule.Order.SEQUENTIAL, 4),
                        new BlockSchedule(BlockSchedule.Order.SEQUENTIAL, 3, BlockSchedule.Remainder.IGNORED),
                        new DynamicSchedule(0.7, 3, DynamicSchedule.Fallback.LEFTMOST),
                        new TraceCredits(TraceCredits.Rates.PAPER, new DynamicSchedule(0.85, 4)),
                        new DreamSchedule(Certainty.CONFIDENCE, 0),
                        new DreamSchedule(Certainty.MARGIN, 0),
                        new DreamSchedule(Certainty.ENTROPY, 0.5)));
    }

    /** Those that commit the best of the ranking, with nothing left out between them. */
    static Stream<UnmaskingStrategy> strategiesInOrderOfConfidence() {
        return Stream.of(
                new ConfidenceThreshold(0.9),
                new ConfidenceThreshold(0.3),
                new ConfidenceThreshold(1.01),
                new ConfidenceThreshold(-1),
                new ConfidenceThreshold(0.5, ConfidenceThreshold.Ties.FIRST, WAITS),
                new ConfidenceThreshold(0.7, ConfidenceThreshold.Ties.FIRST, WAITS, 3),
                new BlockSchedule(BlockSchedule.Order.STATIC, 4),
                new BlockSchedule(BlockSchedule.Order.STATIC, 3, BlockSchedule.Remainder.IGNORED),
                new DynamicSchedule(0.85, 4),
                new DynamicSchedule(0.5, 1),
                new DynamicSchedule(0.95, 32, 1, DynamicSchedule.Fallback.BEST),
                new EntropyBound(0.35),
                new EntropyBound(0.6, EntropyBound.Sum.OTHERS),
                new FixedSchedule(Certainty.CONFIDENCE, FixedSchedule.Rounding.DLLM, Alpha.LINEAR),
                new FixedSchedule(Certainty.ENTROPY, FixedSchedule.Rounding.DLLM, Alpha.COSINE),
                new EntropyThreshold(0.45, COMMITS),
                new EntropyThreshold(0.3, WAITS),
                new EntropyThreshold(-1, COMMITS),
                new Factor(1),
                new Factor(0),
                new TopK(1),
                new TopK(3),
                new FixedSchedule(),
                new FixedSchedule(Certainty.MARGIN),
                new FixedSchedule(Certainty.ENTROPY),
                new CarryOver(0.9),
                new CarryOver(0.3));
    }

    /** Wide enough for every run of these tests. */
    private static LearnedFilter filter(double accept) {
        return new LearnedFilter(FilterNetwork.read(FilterFiles.write(folder, 48)), accept);
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void everyStepChoosesOpenPositionsOnceEachAndAtLeastOneUnlessDeclared(UnmaskingStrategy strategy) {
        Cases.check(CASES, seed -> {
            ScriptedRun run = randomRun(strategy, seed);
            int emptySteps = 0;
            while (!run.done()) {
                List<Integer> open = run.open();
                List<Integer> chosen = run.step();
                assertThat(chosen).doesNotHaveDuplicates().isSubsetOf(open);
                emptySteps += chosen.isEmpty() ? 1 : 0;
            }
            assertThat(emptySteps).isLessThanOrEqualTo(strategy.emptySteps(run.plan()));
        });
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void theCanvasIsFullAfterAtMostAsManyForwardsAsPositionsAndEmptySteps(UnmaskingStrategy strategy) {
        Cases.check(CASES, seed -> {
            ScriptedRun run = randomRun(strategy, seed);
            int genLength = run.canvas().masks();
            assertThat(run.finish()).hasSizeLessThanOrEqualTo(genLength + strategy.emptySteps(run.plan()));
        });
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void theSameSequenceIsDecidedTheSameWay(UnmaskingStrategy strategy) {
        Cases.check(
                CASES,
                seed -> assertThat(randomRun(strategy, seed).finish())
                        .isEqualTo(randomRun(strategy, seed).finish()));
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void sequencesThatRunSideBySideDoNotDisturbEachOther(UnmaskingStrategy strategy) {
        ScriptedRun first = randomRun(strategy, 1);
        ScriptedRun second = randomRun(strategy, 2);
        List<List<Integer>> firstAlone = randomRun(strategy, 1).finish();

        for (List<Integer> expected : firstAlone) {
            if (!second.done()) {
                second.step();
            }
            assertThat(first.step()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("strategiesInOrderOfConfidence")
    void theMostConfidentOpenPositionIsAlwaysChosen(UnmaskingStrategy strategy) {
        Cases.check(CASES, seed -> {
            Noise noise = new Noise(seed);
            ScriptedRun run = randomRun(strategy, seed);
            for (int step = 0; !run.done(); step++) {
                int best = -1;
                for (int position : run.open()) {
                    if (best < 0 || confidence(noise, step, position) > confidence(noise, step, best)) {
                        best = position;
                    }
                }
                assertThat(run.step()).contains(best);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("strategiesInOrderOfConfidence")
    void theLowestPositionsWinTies(UnmaskingStrategy strategy) {
        Cases.check(CASES, seed -> {
            ScriptedRun run = randomRun(strategy, seed, ScriptedRun.always(0.5));
            while (!run.done()) {
                List<Integer> open = run.open();
                List<Integer> chosen = run.step();
                assertThat(chosen).containsExactlyElementsOf(open.subList(0, chosen.size()));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void aPositionWithoutPredictionWaits(UnmaskingStrategy strategy) {
        Cases.check(CASES, seed -> {
            Noise noise = new Noise(seed);
            ScriptedRun run = randomRun(
                    strategy,
                    seed,
                    (step, position) ->
                            position % 2 == step % 2 ? confidence(noise, step, position) : ScriptedRun.ABSENT);
            for (int step = 0; !run.done(); step++) {
                int parity = step % 2;
                if (run.open().stream().noneMatch(position -> position % 2 == parity)) {
                    return;
                }
                assertThat(run.step()).allMatch(position -> position % 2 == parity);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void aStepWithoutAnyPredictionIsABrokenPromise(UnmaskingStrategy strategy) {
        ScriptedRun run = new ScriptedRun(strategy, new WholeCanvas(), 2, 2, (step, position) -> ScriptedRun.ABSENT);

        assertThatThrownBy(run::step)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no row predicts any of the open positions [10, 11] at step 0; the cache policy must"
                        + " compute at least one");
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void printsAsASpecThatReadsBack(UnmaskingStrategy strategy) {
        assertThat(UnmaskingStrategy.parse(strategy.toString())).isEqualTo(strategy);
    }

    @ParameterizedTest
    @CsvSource({
        "threshold, threshold(0.9)",
        "threshold(0.5), threshold(0.5)",
        "threshold(threshold=2), threshold(2.0)",
        "entropy, entropy(0.45)",
        "'entropy(0.5,equal=waits)', 'entropy(0.5,equal=waits)'",
        "credit, 'credit(alpha=0.65,beta=0.7,gamma=0.2,then=threshold(0.9))'",
        "credit(preset=released), 'credit(alpha=0.7,beta=0.8,gamma=0.2,then=threshold(0.9))'",
        "'credit(preset=released,alpha=1,then=entropy)', 'credit(alpha=1.0,beta=0.8,gamma=0.2,then=entropy(0.45))'",
        "'credit(preset=adaptive,then=factor)', 'credit(preset=adaptive,then=factor(1.0))'",
        "factor, factor(1.0)",
        "hierarchy, 'hierarchy(threshold=0.9,low=0.4)'",
        "'hierarchy(0.7,0)', 'hierarchy(threshold=0.7,low=0.0)'",
        "schedule, schedule",
        "schedule(by=margin), schedule(by=margin)",
        "'schedule(rounding=dllm)', schedule(rounding=dllm)",
        "'schedule(by=entropy,rounding=dllm,alpha=cosine)', 'schedule(by=entropy,rounding=dllm,alpha=cosine)'",
        "'threshold(0.95,equal=waits)', 'threshold(0.95,equal=waits)'",
        "'threshold(0.9,ties=all,equal=waits)', 'threshold(0.9,ties=all,equal=waits)'",
        "sequential, sequential(steps=4)",
        "static(2), static(steps=2)",
        "'static(steps=3,remainder=ignored)', 'static(steps=3,remainder=ignored)'",
        "dynamic, 'dynamic(0.85,steps=4)'",
        "'dynamic(0.9,fallback=leftmost)', 'dynamic(0.9,steps=4,fallback=leftmost)'",
        "entropy-bound, entropy-bound(0.35)",
        "'entropy-bound(0.1,sum=others)', 'entropy-bound(0.1,sum=others)'",
        "topk, topk(2)",
        "dream-schedule, 'dream-schedule(by=entropy,alg-temp=0.0)'",
        "random, random",
        "dream-threshold, dream-threshold(0.9)",
        "dream-threshold(0.5), dream-threshold(0.5)"
    })
    void readsASpec(String given, String canonical) {
        assertThat(UnmaskingStrategy.parse(given)).hasToString(canonical);
    }

    @Test
    void refusesANameItDoesNotKnow() {
        assertThatThrownBy(() -> UnmaskingStrategy.parse("treshold(0.9)"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "strategy is treshold(0.9); known are threshold(0.9), entropy(0.45),"
                                + " factor(1.0), hierarchy(0.9), filter, credit, revise, edit, schedule, topk(2), random,"
                                + " sequential, static, dynamic(0.85), entropy-bound(0.35), dream-schedule, dream-threshold(0.9)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "threshold(NaN)          | threshold of threshold is NaN; it must be a finite number, e.g. 0.9",
                "threshold(steps=3)      | threshold(steps=3) has an unexpected steps; threshold takes threshold, ties, equal, least",
                "entropy(equal=loses)    | equal of entropy is loses; it must be one of commits, waits",
                "factor(x)               | factor of factor is x; it must be a finite number, e.g. 1.0",
                "credit(alpha=-1)        | alpha is -1.0; it must be within [0, 10], e.g. 0.65",
                "credit(beta=1.5)        | beta is 1.5; it must be within [0, 1], e.g. 0.7",
                "credit(preset=adaptive,beta=0.5) | credit(preset=adaptive,beta=0.5) has alpha, beta or gamma;"
                        + " the adaptive variant derives them, so leave them out",
                "credit(then=credit)     | then is credit(alpha=0.65,beta=0.7,gamma=0.2,then=threshold(0.9)); credit"
                        + " is counted once, so name the rule that judges, e.g. threshold(0.9)",
                "credit(then=schedule(by=margin)) | then is schedule(by=margin); credit knows no second-best token"
                        + " among those without credit, so let it rank by confidence or entropy",
                "static(0)               | steps is 0; a block takes at least one, e.g. 4",
                "sequential(4,8)         | remainder of sequential is 8; it must be one of first, ignored",
                "dynamic(steps=0)        | steps is 0; a block takes at least one, e.g. 4",
                "dynamic(fallback=worst) | fallback of dynamic is worst; it must be one of best, leftmost",
                "entropy-bound(x)        | bound of entropy-bound is x; it must be a finite number, e.g. 0.35",
                "topk(0)                 | k is 0; a step commits at least one token, e.g. 2",
                "schedule(4)             | by of schedule is 4; it must be one of confidence, margin, entropy",
                "dream-schedule(alg-temp=-1) | alg-temp is -1.0; it must be within [0.001, 1000000], 0 for the surest",
                "random(seed=1)          | random(seed=1) has an unexpected seed; random takes none"
            })
    void refusesValuesItDoesNotTake(String spec, String message) {
        assertThatThrownBy(() -> UnmaskingStrategy.parse(spec))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static ScriptedRun randomRun(UnmaskingStrategy strategy, long seed) {
        Noise noise = new Noise(seed);
        return randomRun(strategy, seed, (step, position) -> confidence(noise, step, position));
    }

    /** A run whose window, length and steps follow from the seed. */
    private static ScriptedRun randomRun(UnmaskingStrategy strategy, long seed, ScriptedRun.Confidences script) {
        Random random = new Random(seed);
        int parts = 1 + random.nextInt(3);
        int partLength = 1 + random.nextInt(16);
        int genLength = parts * partLength;
        Window window = switch (random.nextInt(4)) {
            case 0 -> new Blocks(partLength);
            case 1 -> new Blocks(partLength, Blocks.From.START);
            case 2 -> new Leftmost(1 + random.nextInt(genLength));
            default -> new WholeCanvas();
        };
        int whole = genLength / window.partLength(genLength);
        int steps = whole * (1 + random.nextInt(genLength / whole));
        return new ScriptedRun(strategy, window, genLength, steps, seed, script);
    }

    /** Tenths, so that ties are common. */
    private static float confidence(Noise noise, int step, int position) {
        return (float) (Math.floor(10 * noise.uniform(step, position, 0)) / 10);
    }
}
