package dev.dllm4j.train.run;

import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Every token of an answer, once, from the prompt and the answer's tokens before it in some order: left to right, or a
 * random one. With random orders alone the expectation is that of {@link MaskedObjective} without its tail (a masked
 * diffusion model is an any-order autoregressive one), and all of an answer is learnt in one forward.
 *
 * <p>A sample comes as two streams, as in XLNet: its text, and behind it a mask for every token of the answer, which
 * stands at that token's position. Text sees the text up to itself in the order, a mask the text before it and itself.
 */
final class OrderedObjective {
    /** In the order behind everything. */
    private static final int NEVER = Integer.MAX_VALUE;

    /**
     * @param randomShare of the samples whose order is random
     */
    Batch batch(List<Example> examples, double randomShare, SplittableRandom random) {
        int texts = examples.stream().mapToInt(Example::length).max().orElseThrow();
        int masks = examples.stream()
                .mapToInt(example -> example.answer().length)
                .max()
                .orElseThrow();
        long[][] positions = new long[examples.size()][texts + masks];
        boolean[][][] seen = new boolean[examples.size()][][];
        BatchBuilder batch = new BatchBuilder(new RowLayout(positions, seen), texts + masks);
        for (int sample = 0; sample < examples.size(); sample++) {
            Example example = examples.get(sample);
            int prompt = example.prompt().length;
            int answer = example.answer().length;
            int[] order = order(answer, random.nextDouble() < randomShare, random);
            long[] input = new long[texts + masks];
            Arrays.fill(input, WordVocabulary.END);
            int[] ranks = new int[texts + masks];
            Arrays.fill(ranks, NEVER);
            for (int row = 0; row < prompt; row++) {
                input[row] = example.prompt()[row];
                ranks[row] = 0;
                positions[sample][row] = row;
            }
            batch.add(input);
            for (int index = 0; index < answer; index++) {
                int text = prompt + index;
                int mask = texts + index;
                input[text] = example.answer()[index];
                input[mask] = WordVocabulary.MASK;
                ranks[text] = order[index];
                ranks[mask] = order[index];
                positions[sample][text] = text;
                positions[sample][mask] = text;
                batch.count(1);
                batch.predict(mask, example.answer()[index], 1);
            }
            seen[sample] = seen(ranks, texts);
        }
        return batch.build();
    }

    /** Ranks from 1. */
    private static int[] order(int answer, boolean shuffled, SplittableRandom random) {
        int[] order = IntStream.rangeClosed(1, answer).toArray();
        for (int index = answer - 1; shuffled && index > 0; index--) {
            int other = random.nextInt(index + 1);
            int rank = order[index];
            order[index] = order[other];
            order[other] = rank;
        }
        return order;
    }

    private static boolean[][] seen(int[] ranks, int texts) {
        boolean[][] seen = new boolean[ranks.length][ranks.length];
        for (int row = 0; row < ranks.length; row++) {
            seen[row][row] = true;
            int upTo = row < texts ? ranks[row] : ranks[row] - 1;
            for (int text = 0; text < texts && ranks[row] != NEVER; text++) {
                seen[row][text] |= ranks[text] <= upTo;
            }
        }
        return seen;
    }
}
