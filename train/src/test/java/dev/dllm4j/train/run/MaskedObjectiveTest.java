package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaskedObjectiveTest {
    private static final double TAIL = 0.25;

    @Test
    void masksLieInTheCanvasAloneAndAreExactlyWhatIsLearnt() {
        Cases.check(300, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Example> examples = examples(random);
            Batch batch = new MaskedObjective(0, TAIL).batch(examples, random.nextInt(1, 60), random);
            assertThat(batch.layout()).isEqualTo(RowLayout.FULL);
            assertMasksAreLearnt(batch, examples);
        });
    }

    @Test
    void anOpenCanvasIsMaskedFromSomePlaceOfTheAnswerOnAndItsMasksShareWhatItCounts() {
        Set<Integer> places = new HashSet<>();
        Cases.check(300, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Example> examples = examples(random);
            Batch batch = new MaskedObjective(1, TAIL).batch(examples, random.nextInt(1, 60), random);
            assertMasksAreLearnt(batch, examples);
            double sum = 0;
            for (float weight : batch.weights()) {
                sum += weight;
            }
            assertThat(sum).isCloseTo(1, within(1e-4));
            for (int sample = 0; sample < examples.size(); sample++) {
                long[] tokens = batch.tokens()[sample];
                int place = tokens.length;
                while (tokens[place - 1] == WordVocabulary.MASK) {
                    place--;
                }
                int answered = place - examples.get(sample).prompt().length;
                assertThat(answered).isBetween(0, examples.get(sample).answer().length - 1);
                places.add(answered);
            }
        });
        assertThat(places).hasSizeGreaterThan(20);
    }

    @Test
    void weightsOfAMaskAverageToItsShareOfTheCanvas() {
        SplittableRandom random = new SplittableRandom(1);
        List<Example> examples = examples(random);
        MaskedObjective objective = new MaskedObjective(0, TAIL);
        int rounds = 20_000;
        double sum = 0;
        for (int round = 0; round < rounds; round++) {
            for (float weight : objective.batch(examples, 50, random).weights()) {
                sum += weight;
            }
        }
        assertThat(sum / rounds).isCloseTo(1, within(0.02));
    }

    @Test
    void ratiosAreStratified() {
        SplittableRandom random = new SplittableRandom(4);
        List<Example> examples = IntStream.range(0, 10)
                .mapToObj(sample -> new Example(new int[] {2, 3}, new int[] {40, 1}))
                .toList();
        Batch batch = new MaskedObjective(0, 1).batch(examples, 2000, random);
        for (int sample = 0; sample < 10; sample++) {
            double masked = Arrays.stream(batch.tokens()[sample])
                            .filter(token -> token == WordVocabulary.MASK)
                            .count()
                    / 2000.0;
            assertThat(masked).isBetween(sample / 10.0 - 0.05, sample / 10.0 + 0.15);
        }
    }

    private static void assertMasksAreLearnt(Batch batch, List<Example> examples) {
        int positions = batch.tokens()[0].length;
        Map<Long, Integer> learnt = new HashMap<>();
        for (int index = 0; index < batch.chosen().length; index++) {
            assertThat(learnt.put(batch.chosen()[index], index)).isNull();
        }
        Set<Long> masked = new HashSet<>();
        for (int sample = 0; sample < examples.size(); sample++) {
            Example example = examples.get(sample);
            assertThat(batch.tokens()[sample]).hasSize(positions);
            double ordinary = 0;
            for (int position = 0; position < positions; position++) {
                long row = (long) sample * positions + position;
                int answered = position - example.prompt().length;
                long text = answered < 0
                        ? example.prompt()[position]
                        : answered < example.answer().length ? example.answer()[answered] : WordVocabulary.END;
                Integer index = learnt.get(row);
                if (index == null) {
                    assertThat(batch.tokens()[sample][position]).isEqualTo(text);
                    continue;
                }
                masked.add(row);
                assertThat(answered).isNotNegative();
                assertThat(batch.tokens()[sample][position]).isEqualTo(WordVocabulary.MASK);
                assertThat(batch.targets()[index]).isEqualTo(text);
                double weight = batch.weights()[index] / (answered < example.answer().length ? 1 : TAIL);
                assertThat(weight).isPositive();
                ordinary = ordinary == 0 ? weight : ordinary;
                assertThat(weight).isCloseTo(ordinary, within(1e-5 * ordinary));
            }
        }
        assertThat(masked).isEqualTo(learnt.keySet());
    }

    private static List<Example> examples(SplittableRandom random) {
        return IntStream.range(0, random.nextInt(1, 8))
                .mapToObj(sample -> new Example(ids(random), ids(random)))
                .toList();
    }

    private static int[] ids(SplittableRandom random) {
        return random.ints(random.nextInt(1, 30), 37, 60).toArray();
    }
}
