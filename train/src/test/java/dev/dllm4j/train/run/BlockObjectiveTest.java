package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.model.Weights;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BlockObjectiveTest {
    private static final double TAIL = 0.25;
    private static final int VOCABULARY = 60;

    @Test
    void noisedBlocksStandBehindTheTextAtItsPositionsAndSeeTheTextBeforeThemAndThemselves() {
        List<Example> examples = List.of(new Example(new int[] {2, 40, 41}, new int[] {42, 43, 44, 1}));
        Batch batch = objective(2, 0, TAIL).batch(examples, 1, new SplittableRandom(1));
        assertThat(positions(batch, 0)).containsExactly(0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 6, 7);
        assertThat(batch.tokens()[0]).startsWith(2, 40, 41, 42, 43, 44, 41, WordVocabulary.MASK);
        assertThat(seen(batch, 0, 0)).containsExactlyInAnyOrder(0, 1);
        assertThat(seen(batch, 0, 3)).containsExactlyInAnyOrder(0, 1, 2, 3);
        assertThat(seen(batch, 0, 4)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
        assertThat(seen(batch, 0, 6)).containsExactlyInAnyOrder(0, 1, 6, 7);
        assertThat(seen(batch, 0, 7)).containsExactlyInAnyOrder(0, 1, 6, 7);
        assertThat(seen(batch, 0, 8)).containsExactlyInAnyOrder(0, 1, 2, 3, 8, 9);
        assertThat(seen(batch, 0, 11)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 10, 11);
    }

    @Test
    void everyNoisedBlockHasMasksBehindThePromptAndTheyAreExactlyWhatIsLearnt() {
        Cases.check(200, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Example> examples = examples(random);
            int length = random.nextInt(1, 12);
            int canvas = random.nextInt(1, 60);
            Batch batch = objective(length, random.nextDouble(), TAIL).batch(examples, canvas, random);
            int rows = batch.tokens()[0].length;
            Set<Long> learnt = new HashSet<>();
            for (int index = 0; index < batch.chosen().length; index++) {
                int sample = (int) (batch.chosen()[index] / rows);
                int row = (int) (batch.chosen()[index] % rows);
                assertThat(learnt.add(batch.chosen()[index])).isTrue();
                assertThat(batch.targets()[index]).isEqualTo(text(examples.get(sample), positions(batch, sample)[row]));
            }
            for (int sample = 0; sample < examples.size(); sample++) {
                Example example = examples.get(sample);
                long[] positions = positions(batch, sample);
                Set<Long> blocks = new HashSet<>();
                for (int row = 0; row < rows; row++) {
                    boolean mask = batch.tokens()[sample][row] == WordVocabulary.MASK;
                    assertThat(mask).isEqualTo(learnt.contains((long) sample * rows + row));
                    if (mask) {
                        assertThat(positions[row]).isGreaterThanOrEqualTo(example.prompt().length);
                        blocks.add(positions[row] / length);
                    } else {
                        assertThat(batch.tokens()[sample][row]).isEqualTo(text(example, positions[row]));
                    }
                }
                int end = example.prompt().length + Math.max(canvas, example.answer().length);
                assertThat(blocks)
                        .containsAll(LongStream.rangeClosed(example.prompt().length / length, (end - 1) / length)
                                .boxed()
                                .toList());
            }
        });
    }

    @Test
    void aBlocksMasksShareWhatItCounts() {
        Cases.check(100, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            Batch batch = objective(random.nextInt(1, 12), 0, 1).batch(examples(random), 40, random);
            double sum = 0;
            for (float weight : batch.weights()) {
                sum += weight;
            }
            assertThat(sum).isCloseTo(1, within(1e-4));
        });
    }

    @Test
    void weightsAverageToOneWhereBlocksAreMaskedToTheirEndAsWell() {
        SplittableRandom random = new SplittableRandom(1);
        List<Example> examples = examples(random);
        int rounds = 5000;
        double sum = 0;
        for (int round = 0; round < rounds; round++) {
            for (float weight : objective(8, 0.5, 1).batch(examples, 50, random).weights()) {
                sum += weight;
            }
        }
        assertThat(sum / rounds).isCloseTo(1, within(0.02));
    }

    @Test
    void anOpenBlockIsMaskedToItsEndAndItsMasksCountAlike() {
        Set<Integer> counts = new HashSet<>();
        Cases.check(100, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Example> examples = List.of(new Example(new int[] {2, 3, 40, 41}, new int[] {42, 43, 44, 1}));
            Batch batch = objective(8, 1, 1).batch(examples, 1, random);
            int masks = batch.chosen().length;
            assertThat(batch.chosen())
                    .containsExactly(LongStream.range(8 - masks, 8).toArray());
            // Of four positions, 1 to 4 masks: 2.5 on average.
            assertThat(batch.weights()).hasSize(masks).containsOnly(1 / 2.5f);
            counts.add(masks);
        });
        assertThat(counts).containsExactlyInAnyOrder(1, 2, 3, 4);
    }

    @Test
    void anEndTokenBehindTheFirstCountsLess() {
        List<Example> examples = List.of(new Example(new int[] {2, 3}, new int[] {42, 1}));
        Batch batch = objective(2, 0, TAIL).batch(examples, 4, new SplittableRandom(3));
        double[] blocks = new double[2];
        for (int index = 0; index < batch.chosen().length; index++) {
            int row = (int) batch.chosen()[index];
            blocks[(int) (positions(batch, 0)[row] - 2) / 2] += batch.weights()[index];
        }
        assertThat(blocks[0]).isCloseTo(2 / 2.5, within(1e-6));
        assertThat(blocks[1]).isCloseTo(0.5 / 2.5, within(1e-6));
    }

    @Test
    void aNoisedBlockSaysWhatItSaysBehindItsOwnTextAlone() {
        SplittableRandom random = new SplittableRandom(5);
        int length = 4;
        try (NDManager manager = Torch.open(1);
                NDManager step = manager.newSubManager()) {
            Llada model = new Llada(weights(manager));
            List<Example> examples = examples(random);
            Batch batch = objective(length, 0.5, TAIL).batch(examples, 9, random);
            int rows = batch.tokens()[0].length;
            double[] ours = Trainer.logits(model, batch, step).toDoubleArray();
            for (int index = 0; index < batch.chosen().length; index++) {
                int sample = (int) (batch.chosen()[index] / rows);
                int row = (int) (batch.chosen()[index] % rows);
                long[] positions = positions(batch, sample);
                int end = (int) (positions[row] / length + 1) * length;
                long[] canvas = examples.get(sample).padded(end + VOCABULARY, WordVocabulary.END);
                canvas = Arrays.copyOf(canvas, end);
                int start = IntStream.range(row - length + 1, row + 1)
                        .filter(first -> positions[first] == end - length)
                        .findFirst()
                        .orElseThrow();
                System.arraycopy(batch.tokens()[sample], start, canvas, end - length, length);
                double[] theirs = model.logits(
                                model.hidden(step.create(new long[][] {canvas}), blockCausal(end, length)),
                                step.create(new long[] {positions[row]}))
                        .toDoubleArray();
                for (int token = 0; token < VOCABULARY; token++) {
                    assertThat(ours[index * VOCABULARY + token]).isCloseTo(theirs[token], within(1e-9));
                }
            }
        }
    }

    private static BlockObjective objective(int length, double openShare, double tailWeight) {
        return new BlockObjective(new BlockCausal(length, Origin.START), openShare, tailWeight);
    }

    /** Of rows that all are text. */
    private static RowLayout blockCausal(int rows, int length) {
        boolean[][] seen = new boolean[rows][rows];
        for (int row = 0; row < rows; row++) {
            Arrays.fill(seen[row], 0, Math.min(rows, (row / length + 1) * length), true);
        }
        return new RowLayout(null, new boolean[][][] {seen});
    }

    /** Weights of which none is zero. */
    private static Weights weights(NDManager manager) {
        ModelSpec spec = new StarterSizes(16, 2, 2, 24).spec(VOCABULARY, new BlockCausal(4, Origin.START));
        Weights weights = Weights.random(manager, spec, DataType.FLOAT64, 3);
        SplittableRandom random = new SplittableRandom(3);
        weights.tensors().arrays().values().forEach(array -> {
            double[] noise = random.doubles(array.size(), -0.3, 0.3).toArray();
            array.addi(manager.create(noise, array.getShape()));
        });
        return weights;
    }

    private static long text(Example example, long position) {
        int answered = (int) position - example.prompt().length;
        return answered < 0
                ? example.prompt()[(int) position]
                : answered < example.answer().length ? example.answer()[answered] : WordVocabulary.END;
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

    private static long[] positions(Batch batch, int sample) {
        return Objects.requireNonNull(batch.layout().positions())[sample];
    }

    private static List<Example> examples(SplittableRandom random) {
        return IntStream.range(0, random.nextInt(1, 6))
                .mapToObj(sample -> new Example(ids(random), ids(random)))
                .toList();
    }

    private static int[] ids(SplittableRandom random) {
        return random.ints(random.nextInt(1, 30), 37, VOCABULARY).toArray();
    }
}
