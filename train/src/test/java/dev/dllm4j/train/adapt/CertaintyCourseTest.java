package dev.dllm4j.train.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.train.run.Batch;
import dev.dllm4j.train.run.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CertaintyCourseTest {
    private static final int MASK = 0;
    private static final int END = 1;
    private static final int BLOCK = 8;
    private static final RainbowPadding PADDING = new RainbowPadding(END, List.of(4, 5));
    private static final int CONTEXT = 150;

    @Test
    void bothHalvesTogetherAreTheActiveBlockAndWhatIsBehindItIsMaskedInBoth() {
        Cases.check(300, seed -> {
            Batch batch = course(seed).batch(seed);
            int positions = batch.tokens()[0].length;
            assertThat(positions).isLessThanOrEqualTo(CONTEXT);
            assertThat(batch.samples() % 2).isZero();
            double[] weightOf = new double[batch.samples()];
            BitSet learnt = new BitSet();
            for (int index = 0; index < batch.chosen().length; index++) {
                int row = (int) batch.chosen()[index];
                assertThat(learnt.get(row)).isFalse();
                learnt.set(row);
                assertThat(batch.tokens()[row / positions][row % positions]).isEqualTo(MASK);
                weightOf[row / positions] += batch.weights()[index];
            }
            for (int sample = 0; sample < batch.samples(); sample += 2) {
                long[] first = batch.tokens()[sample];
                long[] second = batch.tokens()[sample + 1];
                int prompt = (int) first[0] - 100;
                int answer = (int) first[1] - 100;
                int from = positions;
                int to = 0;
                for (int position = 0; position < positions; position++) {
                    boolean here = learnt.get(sample * positions + position);
                    boolean there = learnt.get((sample + 1) * positions + position);
                    assertThat(here && there).isFalse();
                    if (here || there) {
                        from = Math.min(from, position);
                        to = Math.max(to, position + 1);
                        long kept = here ? second[position] : first[position];
                        assertThat(kept).isEqualTo(expected(position - prompt, answer));
                    }
                }
                assertThat((from - prompt) % BLOCK).isZero();
                assertThat(to - from).isBetween(1, BLOCK);
                assertThat(to == positions || (to - prompt) % BLOCK == 0).isTrue();
                // The block of the answer's end, or the one behind it, is the last one that is drawn.
                assertThat((from - prompt) / BLOCK).isLessThanOrEqualTo(answer / BLOCK + 1);
                for (int position = 0; position < positions; position++) {
                    if (position >= prompt && position < from) {
                        assertThat(first[position])
                                .isEqualTo(second[position])
                                .isEqualTo(expected(position - prompt, answer));
                    }
                    if (position >= from && position < to) {
                        assertThat(learnt.get(sample * positions + position)
                                        || learnt.get((sample + 1) * positions + position))
                                .isTrue();
                    }
                    if (position >= to) {
                        assertThat(first[position]).isEqualTo(MASK);
                        assertThat(second[position]).isEqualTo(MASK);
                    }
                }
                double pairs = batch.samples() / 2.0;
                for (double weight : new double[] {weightOf[sample], weightOf[sample + 1]}) {
                    assertThat(weight == 0 || Math.abs(weight * pairs - 1) < 1e-5)
                            .isTrue();
                }
            }
        });
    }

    @Test
    void targetsAreTheAnswersTokens() {
        Batch batch = course(2).batch(5);
        int positions = batch.tokens()[0].length;
        for (int index = 0; index < batch.chosen().length; index++) {
            long[] row = batch.tokens()[(int) (batch.chosen()[index] / positions)];
            int answered = (int) (batch.chosen()[index] % positions) - ((int) row[0] - 100);
            assertThat(batch.targets()[index]).isEqualTo(expected(answered, (int) row[1] - 100));
        }
    }

    @Test
    void halfOfABlockIsMasked() {
        double masks = 0;
        double blocks = 0;
        for (int step = 0; step < 400; step++) {
            Batch batch = course(1).batch(step);
            int positions = batch.tokens()[0].length;
            for (long row : batch.chosen()) {
                boolean first = row / positions % 2 == 0;
                masks += first ? 1 : 0;
                blocks++;
            }
        }
        assertThat(masks / blocks).isCloseTo(0.5, within(0.01));
    }

    private static long expected(int answered, int answer) {
        return answered < answer ? 200L + answered : answered == answer ? END : 4L + (answered - answer - 1) % 2;
    }

    /** The first two tokens of a prompt tell how long prompt and answer are. */
    private static CertaintyCourse course(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Example> answers = new ArrayList<>();
        for (int count = 0; count < 10; count++) {
            int[] prompt = new int[random.nextInt(2, 40)];
            int[] answer = new int[random.nextInt(0, 50) + 1];
            Arrays.setAll(answer, index -> index == answer.length - 1 ? END : 200 + index);
            prompt[0] = 100 + prompt.length;
            prompt[1] = 100 + answer.length - 1;
            answers.add(new Example(prompt, answer));
        }
        return new CertaintyCourse(answers, new CertaintyLoss(2, 0.5), MASK, PADDING, CONTEXT, BLOCK, seed, 1024);
    }
}
