package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OrderedObjectiveTest {
    private final OrderedObjective objective = new OrderedObjective();

    @Test
    void everyTokenOfAnAnswerIsPredictedOnceByAMaskAtItsPosition() {
        Cases.check(200, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Example> examples = examples(random);
            Batch batch = objective.batch(examples, random.nextDouble(), random);
            int rows = batch.tokens()[0].length;
            int at = 0;
            for (int sample = 0; sample < examples.size(); sample++) {
                Example example = examples.get(sample);
                for (int index = 0; index < example.answer().length; index++, at++) {
                    int row = (int) (batch.chosen()[at] % rows);
                    assertThat(batch.chosen()[at] / rows).isEqualTo(sample);
                    assertThat(batch.tokens()[sample][row]).isEqualTo(WordVocabulary.MASK);
                    assertThat(position(batch, sample, row)).isEqualTo(example.prompt().length + index);
                    assertThat(batch.targets()[at]).isEqualTo(example.answer()[index]);
                }
            }
            assertThat(batch.chosen()).hasSize(at);
            for (float weight : batch.weights()) {
                assertThat(weight).isEqualTo(1f / at);
            }
        });
    }

    @Test
    void aMaskSeesThePromptItselfAndFromOneMaskToTheNextInTheOrderOneTokenMore() {
        Cases.check(200, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Example> examples = examples(random);
            Batch batch = objective.batch(examples, 0.5, random);
            for (int sample = 0; sample < examples.size(); sample++) {
                Example example = examples.get(sample);
                int answer = example.answer().length;
                int masks = batch.tokens()[sample].length - longestAnswer(examples);
                List<Set<Integer>> seen = new ArrayList<>();
                for (int index = 0; index < answer; index++) {
                    Set<Integer> rows = seen(batch, sample, masks + index);
                    assertThat(rows).contains(masks + index).doesNotContain(example.prompt().length + index);
                    assertThat(rows)
                            .containsAll(IntStream.range(0, example.prompt().length)
                                    .boxed()
                                    .toList());
                    rows.remove(masks + index);
                    rows.forEach(row -> assertThat(row).isLessThan(example.length()));
                    seen.add(rows);
                }
                seen.sort((left, right) -> left.size() - right.size());
                for (int rank = 0; rank < answer; rank++) {
                    assertThat(seen.get(rank)).hasSize(example.prompt().length + rank);
                    assertThat(rank == 0 || seen.get(rank).containsAll(seen.get(rank - 1)))
                            .isTrue();
                }
            }
        });
    }

    @Test
    void whatATokenSeesAMaskBehindItMaySeeToo() {
        Cases.check(100, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Example> examples = examples(random);
            Batch batch = objective.batch(examples, 0.5, random);
            for (int sample = 0; sample < examples.size(); sample++) {
                int rows = batch.tokens()[sample].length;
                for (int row = 0; row < rows; row++) {
                    Set<Integer> seen = seen(batch, sample, row);
                    for (int text : seen) {
                        assertThat(text == row || seen.containsAll(seen(batch, sample, text)))
                                .isTrue();
                    }
                }
            }
        });
    }

    @Test
    void withoutRandomOrdersAMaskSeesWhatIsLeftOfIt() {
        SplittableRandom random = new SplittableRandom(5);
        List<Example> examples = List.of(new Example(new int[] {40, 41}, new int[] {42, 43, 44}));
        Batch batch = objective.batch(examples, 0, random);
        assertThat(batch.tokens()).isEqualTo(new long[][] {{40, 41, 42, 43, 44, 0, 0, 0}});
        assertThat(seen(batch, 0, 1)).containsExactlyInAnyOrder(0, 1);
        assertThat(seen(batch, 0, 3)).containsExactlyInAnyOrder(0, 1, 2, 3);
        assertThat(seen(batch, 0, 5)).containsExactlyInAnyOrder(0, 1, 5);
        assertThat(seen(batch, 0, 7)).containsExactlyInAnyOrder(0, 1, 2, 3, 7);
    }

    @Test
    void randomOrdersAreAsOftenTheOneAsTheOther() {
        SplittableRandom random = new SplittableRandom(6);
        List<Example> examples = List.of(new Example(new int[] {40}, new int[] {42, 43}));
        int backwards = 0;
        for (int round = 0; round < 1000; round++) {
            backwards += seen(objective.batch(examples, 1, random), 0, 3).contains(2) ? 1 : 0;
        }
        assertThat(backwards).isBetween(430, 570);
    }

    private static Set<Integer> seen(Batch batch, int sample, int row) {
        boolean[] sees = Objects.requireNonNull(batch.layout().seen())[sample][row];
        Set<Integer> seen = new HashSet<>();
        for (int other = 0; other < sees.length; other++) {
            if (sees[other]) {
                seen.add(other);
            }
        }
        return seen;
    }

    private static long position(Batch batch, int sample, int row) {
        return Objects.requireNonNull(batch.layout().positions())[sample][row];
    }

    private static int longestAnswer(List<Example> examples) {
        return examples.stream()
                .mapToInt(example -> example.answer().length)
                .max()
                .orElseThrow();
    }

    private static List<Example> examples(SplittableRandom random) {
        return IntStream.range(0, random.nextInt(1, 6))
                .mapToObj(sample -> new Example(ids(random), ids(random)))
                .toList();
    }

    private static int[] ids(SplittableRandom random) {
        return random.ints(random.nextInt(1, 12), 37, 60).toArray();
    }
}
