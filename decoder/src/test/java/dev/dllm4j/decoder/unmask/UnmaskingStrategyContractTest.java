package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.testing.Cases;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every strategy; a new one joins by one line in {@link #strategies}. */
final class UnmaskingStrategyContractTest {
    private static final int CASES = 200;

    static Stream<UnmaskingStrategy> strategies() {
        return Stream.concat(strategiesByConfidence(), Stream.of(new RandomOrder()));
    }

    static Stream<UnmaskingStrategy> strategiesByConfidence() {
        return Stream.of(
                new ConfidenceThreshold(0.9),
                new ConfidenceThreshold(0.3),
                new ConfidenceThreshold(1.01),
                new ConfidenceThreshold(-1),
                new FixedSchedule(),
                new CarryOver(0.9),
                new CarryOver(0.3));
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void everyStepChoosesOpenPositionsOnceEachAndAtLeastOne(UnmaskingStrategy strategy) {
        Cases.check(CASES, seed -> {
            ScriptedRun run = randomRun(strategy, seed);
            while (!run.done()) {
                List<Integer> open = run.open();
                assertThat(run.step()).isNotEmpty().doesNotHaveDuplicates().isSubsetOf(open);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void theCanvasIsFullAfterAtMostAsManyForwardsAsPositions(UnmaskingStrategy strategy) {
        Cases.check(CASES, seed -> {
            ScriptedRun run = randomRun(strategy, seed);
            int genLength = run.canvas().masks();
            assertThat(run.finish()).hasSizeLessThanOrEqualTo(genLength);
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
    @MethodSource("strategiesByConfidence")
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
    @MethodSource("strategiesByConfidence")
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
                assertThat(run.step()).isNotEmpty().allMatch(position -> position % 2 == parity);
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
        "schedule, schedule",
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
                .hasMessage("strategy is treshold(0.9); known are threshold(0.9), schedule, random,"
                        + " dream-threshold(0.9)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "threshold(NaN)          | threshold of threshold is NaN; it must be a finite number, e.g. 0.9",
                "threshold(steps=3)      | threshold(steps=3) has an unexpected steps; threshold takes threshold",
                "schedule(4)             | schedule(4) has too many values; schedule takes none",
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
        Window window = switch (random.nextInt(3)) {
            case 0 -> new Blocks(partLength);
            case 1 -> new Leftmost(1 + random.nextInt(genLength));
            default -> new WholeCanvas();
        };
        int stepsPerPart = 1 + random.nextInt(genLength / window.parts(genLength));
        return new ScriptedRun(strategy, window, genLength, window.parts(genLength) * stepsPerPart, seed, script);
    }

    /** Tenths, so that ties are common. */
    private static float confidence(Noise noise, int step, int position) {
        return (float) (Math.floor(10 * noise.uniform(step, position, 0)) / 10);
    }
}
