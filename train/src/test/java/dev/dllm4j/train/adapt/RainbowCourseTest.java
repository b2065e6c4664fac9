package dev.dllm4j.train.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.train.run.Batch;
import dev.dllm4j.train.run.Example;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RainbowCourseTest {
    private static final int MASK = 0;
    private static final int END = 1;
    private static final RainbowPadding PADDING = new RainbowPadding(END, RainbowPadding.consecutive(4, 3));

    @Test
    void whatIsMaskedIsLearntAndNothingElseAndNeverThePrompt() {
        Cases.check(200, seed -> {
            Batch batch = course(seed, 1024).batch(seed % 7);
            int positions = batch.tokens()[0].length;
            Map<Long, Integer> learnt = new HashMap<>();
            for (int index = 0; index < batch.chosen().length; index++) {
                assertThat(learnt.put(batch.chosen()[index], index)).isNull();
            }
            int masks = 0;
            for (int sample = 0; sample < batch.samples(); sample++) {
                long[] row = batch.tokens()[sample];
                int prompt = (int) row[0] - 100;
                int answer = (int) row[1] - 100;
                assertThat(row).hasSize(positions);
                double weight = 0;
                for (int position = 0; position < positions; position++) {
                    Integer index = learnt.get((long) sample * positions + position);
                    long token = index == null ? row[position] : batch.targets()[index];
                    assertThat(token).isEqualTo(expected(position - prompt, answer, row, position));
                    if (index != null) {
                        masks++;
                        assertThat(position).isGreaterThanOrEqualTo(prompt);
                        assertThat(row[position]).isEqualTo(MASK);
                        weight = weight == 0 ? batch.weights()[index] : weight;
                        assertThat(batch.weights()[index]).isEqualTo((float) weight);
                    }
                }
                // 1 / (t · positions behind the prompt · samples), with t within (0, 1]
                if (weight > 0) {
                    double ratio = 1 / (weight * (positions - prompt) * batch.samples());
                    assertThat(ratio).isBetween(RainbowCourse.LEAST_RATIO * 0.99, 1.001);
                }
            }
            assertThat(masks).isEqualTo(batch.chosen().length).isPositive();
        });
    }

    @Test
    void weightsAddUpToOneOnAverage() {
        double sum = 0;
        int rounds = 4000;
        for (int round = 0; round < rounds; round++) {
            for (float weight : course(1, 512).batch(round).weights()) {
                sum += weight;
            }
        }
        assertThat(sum / rounds).isCloseTo(1, within(0.03));
    }

    @Test
    void aStepsBatchDependsOnSeedAndStepAlone() {
        assertThat(course(3, 512).batch(9).tokens())
                .isEqualTo(course(3, 512).batch(9).tokens());
        assertThat(course(3, 512).batch(9).tokens())
                .isNotEqualTo(course(4, 512).batch(9).tokens());
    }

    @Test
    void noSampleIsLongerThanTheContext() {
        Cases.check(
                50,
                seed -> assertThat(course(seed, 4096).batch(seed).tokens()[0].length)
                        .isLessThanOrEqualTo(200));
    }

    private static long expected(int answered, int answer, long[] row, int position) {
        if (answered < 0) {
            return row[position];
        }
        if (answered < answer) {
            return 200L + answered;
        }
        return answered == answer ? END : 4L + (answered - answer - 1) % 3;
    }

    /** The first two tokens of a prompt tell how long prompt and answer are. */
    private static RainbowCourse course(long seed, int rows) {
        return new RainbowCourse(
                (ranges, random) -> {
                    int[] prompt = new int[random.nextInt(2, 40)];
                    int[] answer = new int[random.nextInt(0, 50) + 1];
                    Arrays.setAll(answer, index -> index == answer.length - 1 ? END : 200 + index);
                    prompt[0] = 100 + prompt.length;
                    prompt[1] = 100 + answer.length - 1;
                    return new Example(prompt, answer);
                },
                PADDING,
                MASK,
                200,
                seed,
                rows);
    }
}
