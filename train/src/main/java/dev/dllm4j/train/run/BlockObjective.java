package dev.dllm4j.train.run;

import dev.dllm4j.cache.BlockGrid;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * Block diffusion's objective: within every block of the answer some positions are masked, and predicted from the text
 * before the block and from the block's other rows. All blocks are learnt in one forward.
 *
 * <p>A sample comes as two streams: its text, and after it the noised blocks, at the positions of the text. Text sees
 * the text of its own block and of those before; a noised row sees the text of the blocks before its own, and the noised
 * rows of its own. Noised are the blocks from the prompt's end on; of these, the prompt's tokens stay. The last block's
 * text is left out, for no other block sees it.
 *
 * <p>Of a block's m positions after the prompt k are masked, 1 to m with equal chance, and a mask's cross entropy counts
 * m/k: the expectation is that of masks drawn with a ratio t and 1/t for each, at less variance and never without a
 * mask. Of some blocks the k last positions are masked, as a decoder sees them that goes from left to right; these masks
 * count alike whatever their number is.
 *
 * @see <a href="https://arxiv.org/abs/2503.09573">Block Diffusion: Interpolating Between Autoregressive and Diffusion
 *     Language Models</a>
 */
final class BlockObjective {
    private final BlockCausal sight;
    private final int length;
    private final double openShare;
    private final double tailWeight;

    /**
     * @param sight of the model
     * @param openShare of the blocks whose masks are the last positions
     * @param tailWeight what an end token after the first counts
     */
    BlockObjective(BlockCausal sight, double openShare, double tailWeight) {
        this.sight = sight;
        this.length = sight.length();
        this.openShare = openShare;
        this.tailWeight = tailWeight;
    }

    /**
     * Samples as noised blocks after their text. All of them have as many noised blocks as the one that needs most;
     * after answers are end tokens.
     *
     * @param canvas least positions after a prompt
     */
    Batch batch(List<Example> examples, int canvas, SplittableRandom random) {
        int blocks = most(examples, example -> blocks(example, canvas));
        int texts = most(examples, example -> start(example) + (blocks - 1) * length);
        int rows = texts + blocks * length;
        long[][] positions = new long[examples.size()][];
        boolean[][][] seen = new boolean[examples.size()][][];
        BatchBuilder batch = new BatchBuilder(new RowLayout(positions, seen), rows);
        for (int sample = 0; sample < examples.size(); sample++) {
            Example example = examples.get(sample);
            long[] text = example.padded(start(example) + blocks * length, WordVocabulary.END);
            long[] input = new long[rows];
            Arrays.fill(input, WordVocabulary.END);
            System.arraycopy(text, 0, input, 0, Math.min(texts, text.length));
            System.arraycopy(text, start(example), input, texts, blocks * length);
            batch.add(input);
            positions[sample] = positions(start(example), texts, rows);
            seen[sample] = seen(positions[sample], texts, grid(example));
            for (int block = 0; block < blocks; block++) {
                mask(batch, example, input, texts + block * length, positions[sample], random);
            }
        }
        return batch.build();
    }

    /** Masks a noised block, and lets its masks predict what was there. */
    private void mask(
            BatchBuilder batch, Example example, long[] input, int start, long[] positions, SplittableRandom random) {
        int given = (int) Math.max(0, example.prompt().length - positions[start]);
        int free = length - given;
        int count = 1 + random.nextInt(free);
        boolean open = random.nextDouble() < openShare;
        double share = open ? (free + 1) / 2.0 / free : (double) count / free;
        int left = count;
        for (int index = 0; index < free; index++) {
            int row = start + given + index;
            double weight = positions[row] < example.length() ? 1 : tailWeight;
            batch.count(weight);
            boolean masked = open ? index >= free - count : random.nextInt(free - index) < left;
            if (masked) {
                left--;
                long target = input[row];
                input[row] = WordVocabulary.MASK;
                if (weight > 0) {
                    batch.predict(row, target, weight / share);
                }
            }
        }
    }

    /** Where the first noised block starts. */
    private int start(Example example) {
        return grid(example).start(example.prompt().length);
    }

    private BlockGrid grid(Example example) {
        return sight.grid(example.prompt().length);
    }

    private int blocks(Example example, int canvas) {
        int end = example.prompt().length + Math.max(canvas, example.answer().length);
        return (end - start(example) + length - 1) / length;
    }

    private static long[] positions(int start, int texts, int rows) {
        long[] positions = new long[rows];
        for (int row = 0; row < rows; row++) {
            positions[row] = row < texts ? row : start + row - texts;
        }
        return positions;
    }

    private static boolean[][] seen(long[] positions, int texts, BlockGrid grid) {
        int[] blocks = Arrays.stream(positions)
                .mapToInt(position -> grid.start((int) position))
                .toArray();
        boolean[][] seen = new boolean[blocks.length][blocks.length];
        for (int row = 0; row < blocks.length; row++) {
            for (int other = 0; other < blocks.length; other++) {
                boolean sameStream = (row < texts) == (other < texts);
                seen[row][other] =
                        blocks[other] == blocks[row] ? sameStream : blocks[other] < blocks[row] && other < texts;
            }
        }
        return seen;
    }

    private static int most(List<Example> examples, ToIntFunction<Example> number) {
        return examples.stream().mapToInt(number).max().orElseThrow();
    }
}
