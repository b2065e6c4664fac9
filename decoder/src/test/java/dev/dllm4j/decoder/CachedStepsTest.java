package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.FilterFiles;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.WatchedPolicy;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Stop rules, Dream's shift and the learned filter under caches, forward by forward, worked out by hand on a model of
 * two layers that says what a script tells it to: which positions are computed, which commit, how long the canvas is.
 */
class CachedStepsTest {
    private static final int END = ScriptedPredictor.END;
    private static final int MASK = ScriptedPredictor.MASK;
    private static final int LAYERS = 2;

    @TempDir
    Path folder;

    /**
     * A prompt of two, then three blocks of four: 2 to 5, 6 to 9, 10 to 13. Each forward is sure of one word, from left to
     * right. Ends are predicted at 13 and, surer, at 11 in the first forward; at 11 and, surer, at 8 in all others. So the
     * first cuts behind 11, and as soon as 8 is computed the canvas ends behind it.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | 0-13; 0-11; 0-8; 0-8; 0-8; 0-8; 0-8 | 12 9 9 9 9 9 9",
                "prefix | 0-13; 2-11; 2-8; 2-8; 0-8; 6-8; 6-8 | 12 9 9 9 9 9 9",
                "dual | 0-13; 2-5; 2-5; 2-5; 0-11; 6-8; 6-8 | 12 12 12 12 9 9 9",
                "elastic | 0-13; 0-5; 0-1 3-5; 0-1 4-5; 0-1 5-9; 0-1 6-8; 0-1 7-8 | 12 12 12 12 9 9 9",
                "'dllm-cache(prompt=9,response=2,share=0)' | 0-13; 2-5; 2-11; 4-5; 2-8; 6-8; 2-8 | 12 12 9 9 9 9 9"
            })
    void aPredictedEndCutsTheCanvasAsSoonAsItsRowIsComputed(String cache, String rows, String lengths) {
        Run run = new Run(
                Family.LLADA,
                2,
                12,
                config("threshold(0.9)", new Blocks(4), "eotp"),
                cache,
                (forward, position) -> {
                    if (position == 2 + forward && position != 8) {
                        return Prediction.of(1, 0.95);
                    }
                    double end = switch (position) {
                        case 8 -> forward == 0 ? 0 : 0.7;
                        case 11 -> 0.6;
                        case 13 -> 0.5;
                        default -> 0;
                    };
                    return end > 0 ? Prediction.of(END, end) : Prediction.of(2, 0.4);
                },
                IntStream.range(0, 7).boxed().collect(Collectors.toMap(forward -> forward, forward ->
                        new int[] {0, 1})));
        while (!run.decoding.done()) {
            run.step();
        }

        assertThat(run.rows()).isEqualTo(rows);
        assertThat(run.lengths()).isEqualTo(lengths);
        assertThat(run.decoding.tokens()).containsExactly(1, 1, 1, 1, 1, 1, 1, 1, END);
        assertThat(run.decoding.finishReason()).isEqualTo(FinishReason.STOP);
    }

    /**
     * A prompt of two, two blocks of four: 2 to 5, 6 to 9. The end at 4 leaves 2 and 3 to be decoded; 5 to 9 stay masks.
     * Who computes behind the prompt or the block does so with them; elastic leaves their rows as the first forward did.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | 0-9; 0-9; 0-9",
                "prefix | 0-9; 2-9; 2-9",
                "dual | 0-9; 2-5; 2-5",
                "elastic | 0-9; 0 2-4; 0 2-3",
                "'elastic(block-caching=off)' | 0-9; 0 2-4; 0 2-3",
                "'dllm-cache(prompt=9,response=2,share=0)' | 0-9; 2-4; 2-9"
            })
    void behindAFrozenEndMasksStayOnTheCanvas(String cache, String rows) {
        Run run = new Run(
                Family.LLADA,
                2,
                8,
                config("threshold(0.9)", new Blocks(4), "eos-freeze"),
                cache,
                (forward, position) -> Prediction.of(position == 4 ? END : 3, position == 4 - forward ? 0.95 : 0.3),
                Map.of());
        run.step();
        assertThat(run.committed()).containsExactly(4);
        run.step();
        assertThat(run.committed()).containsExactly(3);
        run.step();
        assertThat(run.committed()).containsExactly(2);

        assertThat(run.rows()).isEqualTo(rows);
        assertThat(run.lengths()).isEqualTo("10 10 10");
        assertThat(run.decoding.done()).isTrue();
        assertThat(run.decoding.tokens()).containsExactly(1, 1, 3, 3, END, MASK, MASK, MASK, MASK, MASK);
    }

    /**
     * A prompt of two, six masks: 2 to 7. Ends commit at 4 and 6 at once, which leaves 2 and 3 to be decoded; 5 and 7
     * stay masks and are attended to. What was a mask when a forward began is not tracked, what is frozen may be.
     */
    @Test
    void behindAFrozenEndMasksAreTrackedButNeverComputedForTheWindow() {
        Run run = new Run(
                Family.LLADA,
                2,
                6,
                config("threshold(0.9)", new Leftmost(6), "eos-freeze"),
                "elastic",
                (forward, position) -> {
                    boolean sure = forward == 0 ? position == 4 || position == 6 : position == 4 - forward;
                    return Prediction.of(position == 4 || position == 6 ? END : 3, sure ? 0.95 : 0.3);
                },
                Map.of(0, new int[] {5, 5}, 1, new int[] {7, 7}));
        run.step();
        assertThat(run.committed()).containsExactly(4, 6);
        run.step();
        assertThat(run.lastRows()).containsExactly(0, 4, 6, 2, 3);
        assertThat(run.committed()).containsExactly(3);
        run.step();
        assertThat(run.lastRows()).containsExactly(7, 3, 2);
        assertThat(run.committed()).containsExactly(2);

        assertThat(run.lengths()).isEqualTo("8 8 8");
        assertThat(run.decoding.done()).isTrue();
        assertThat(run.decoding.tokens()).containsExactly(1, 1, 3, 3, END, MASK, END, MASK);
    }

    /** In the third forward the first layer's attention has drifted: the second computes every row. */
    @Test
    void aDriftRefreshesTheLayerBehindItAndIsReported() {
        Run run = new Run(
                Family.LLADA,
                2,
                6,
                config("topk(2)", new Leftmost(3), "full"),
                "elastic(gamma=0.9)",
                (forward, position) -> Prediction.of(3, 0.3 + 0.01 * position),
                Map.of(),
                Map.of(2, 0.5f));
        run.step();
        assertThat(run.committed()).containsExactly(3, 4);
        assertThat(run.refreshedFrom()).isZero();
        run.step();
        assertThat(run.committed()).containsExactly(5, 6);
        assertThat(run.lastRows()).containsExactly(0, 3, 4, 2, 5, 6);
        assertThat(run.refreshedFrom()).isEqualTo(LAYERS);
        run.step();
        assertThat(run.lastRows()).containsExactly(0, 5, 6, 2, 7);
        assertThat(run.refreshedFrom()).isEqualTo(1);

        Work work = run.decoding.work();
        assertThat(work.forwards()).isEqualTo(3);
        assertThat(work.rowsFull()).isEqualTo(3 * 8);
        assertThat(work.rowsComputed()).isEqualTo(8 + 6 + Math.round((5 + 8) / 2.0));
        assertThat(work.layersRefreshed()).isEqualTo(2 + 0 + 1);
        assertThat(work.refreshes()).containsExactly(1, 2);
    }

    /**
     * A prompt of three, six masks: 3 to 8, two of them open. The row before a mask predicts it, so masks 3 and 5 need
     * rows 2 and 4, and row 5 is not computed.
     */
    @Test
    void underShiftedLogitsTheRowsBeforeTheOpenMasksAreTheWindow() {
        Run run = new Run(
                Family.DREAM,
                3,
                6,
                config("threshold(0.9)", new Leftmost(2), "full"),
                "elastic",
                (forward, position) -> {
                    boolean sure = switch (forward) {
                        case 0 -> position == 4;
                        case 1 -> position == 3;
                        default -> true;
                    };
                    return Prediction.of(position, sure ? 0.95 : 0.3);
                },
                Map.of(0, new int[] {3, 1}, 1, new int[] {4, 4}, 2, new int[] {3, 3}));
        run.step();
        assertThat(run.committed()).containsExactly(4);
        run.step();
        assertThat(run.lastRows()).containsExactly(0, 1, 4, 2);
        assertThat(run.committed()).containsExactly(3);
        run.step();
        assertThat(run.lastRows()).containsExactly(4, 3, 5);
        assertThat(run.committed()).containsExactly(5, 6);
        run.step();
        assertThat(run.lastRows()).containsExactly(3, 5, 6, 7);
        assertThat(run.committed()).containsExactly(7, 8);

        assertThat(run.decoding.done()).isTrue();
        assertThat(run.decoding.tokens()).containsExactly(1, 1, 1, 3, 4, 5, 6, 7, 8);
    }

    /**
     * A prompt of two, two blocks of four. The filter accepts what is surer than 0.908903, and judges the whole block:
     * committed positions are computed with it, the next block's are not.
     */
    @Test
    void theFilterSeesItsWholeBlockAndNothingBehindIt() {
        String filter = "filter(path=" + FilterFiles.write(folder, 4) + ",accept=0.96)";
        Run run = new Run(
                Family.LLADA,
                2,
                8,
                config(filter, new Blocks(4), "full"),
                "elastic",
                (forward, position) -> switch (forward) {
                    case 0 -> Prediction.of(3, position == 3 ? 0.95 : 0.5);
                    case 1 -> Prediction.of(3, position == 2 || position == 4 ? 0.92 : 0.9);
                    default -> Prediction.of(3, position == 8 ? 0.7 : 0.6);
                },
                Map.of(0, new int[] {0, 1}, 1, new int[] {3, 3}, 2, new int[] {3, 0}));
        run.step();
        assertThat(run.committed()).containsExactly(3);
        run.step();
        assertThat(run.lastRows()).containsExactly(0, 1, 3, 2, 4, 5);
        assertThat(run.committed()).containsExactly(2, 4);
        run.step();
        assertThat(run.lastRows()).containsExactly(3, 2, 4, 5);
        assertThat(run.committed()).containsExactly(5);
        run.step();
        assertThat(run.lastRows()).containsExactly(0, 3, 5, 6, 7, 8, 9);
        assertThat(run.committed()).containsExactly(8);
    }

    private static DecodingConfig config(String strategy, Window window, String stop) {
        return DecodingConfig.DEFAULT
                .withWindow(window)
                .withStrategy(UnmaskingStrategy.parse(strategy))
                .withStop(StopRule.parse(stop));
    }

    /** A decoding with what its forwards computed and committed. */
    private static final class Run {
        private final WatchedPolicy policy;
        private final Decoding decoding;
        private final List<StepReport> reports = new ArrayList<>();

        Run(
                Family family,
                int promptLength,
                int genLength,
                DecodingConfig config,
                String cache,
                ScriptedPredictor.Script script,
                Map<Integer, int[]> attended) {
            this(family, promptLength, genLength, config, cache, script, attended, Map.of());
        }

        /**
         * @param attended by forward, the position that each layer attends to most; position 0 elsewhere
         * @param similarities by forward, that behind the first layer; 1 elsewhere
         */
        Run(
                Family family,
                int promptLength,
                int genLength,
                DecodingConfig config,
                String cache,
                ScriptedPredictor.Script script,
                Map<Integer, int[]> attended,
                Map<Integer, Float> similarities) {
            policy = new WatchedPolicy(CacheSpec.parse(cache));
            ScriptedPredictor.Attention attention = new ScriptedPredictor.Attention() {
                @Override
                public float similarity(int forward, int layer) {
                    return layer == 0 ? similarities.getOrDefault(forward, 1f) : 1;
                }

                /** Position 0 is second wherever another is attended to most. */
                @Override
                public float column(int forward, int layer, int position) {
                    int most = attended.getOrDefault(forward, new int[LAYERS])[layer];
                    return position == most ? 2 : position == 0 ? 1 : 0;
                }
            };
            decoding = new Decoding(
                    ScriptedPredictor.attending(family, LAYERS, script, attention),
                    IntStream.range(0, promptLength).map(position -> 1).toArray(),
                    config.withFrame(config.window(), genLength, genLength).withCache(policy));
        }

        void step() {
            reports.add(decoding.step());
        }

        List<Integer> committed() {
            return last().commits().stream().map(Commit::position).toList();
        }

        int refreshedFrom() {
            return last().refreshedFrom();
        }

        List<Integer> lastRows() {
            return policy.forwards().get(policy.forwards().size() - 1).rows();
        }

        /** Of every step, the canvas's length behind it. */
        String lengths() {
            return reports.stream().map(report -> "" + report.length()).collect(Collectors.joining(" "));
        }

        /** Of every forward, its rows as ranges in the order of positions. */
        String rows() {
            return policy.forwards().stream()
                    .map(forward -> ranges(forward.rows().stream().sorted().toList()))
                    .collect(Collectors.joining("; "));
        }

        private StepReport last() {
            return reports.get(reports.size() - 1);
        }

        private static String ranges(List<Integer> sorted) {
            StringBuilder text = new StringBuilder();
            for (int from = 0; from < sorted.size(); ) {
                int to = from;
                while (to + 1 < sorted.size() && sorted.get(to + 1) == sorted.get(to) + 1) {
                    to++;
                }
                text.append(text.isEmpty() ? "" : " ").append(sorted.get(from));
                text.append(to > from ? "-" + sorted.get(to) : "");
                from = to + 1;
            }
            return text.toString();
        }
    }
}
