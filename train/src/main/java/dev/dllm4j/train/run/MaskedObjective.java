package dev.dllm4j.train.run;

import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.List;
import java.util.SplittableRandom;

/**
 * LLaDA's objective: every position of the canvas becomes a mask with the sample's ratio t, and a mask's cross entropy
 * counts 1/t. Ratios are stratified: one in each n-th of (0, 1).
 *
 * <p>Of some samples everything after a random place of the answer is masked besides, as a decoder sees it: masks drawn
 * over the whole canvas nearly always leave an end token that gives the answer's length away. Their masks share what
 * the sample counts.
 *
 * <p>A sample is its prompt, its answer and end tokens up to the batch's length, so every canvas is as long as the
 * shortest one asked for, or longer where the prompt is shorter. Prompts are never masked.
 */
final class MaskedObjective {
    /** Least mask ratio: below it, hardly a mask is drawn and its weight is without bounds. */
    static final double LEAST_RATIO = 1e-3;

    private final double openShare;
    private final double tailWeight;

    /**
     * @param openShare of the samples that are masked after a place
     * @param tailWeight what an end token after the first counts
     */
    MaskedObjective(double openShare, double tailWeight) {
        this.openShare = openShare;
        this.tailWeight = tailWeight;
    }

    Batch batch(List<Example> examples, int canvas, SplittableRandom random) {
        int positions = positions(examples, canvas);
        BatchBuilder batch = new BatchBuilder(RowLayout.FULL, positions);
        double offset = random.nextDouble();
        for (int sample = 0; sample < examples.size(); sample++) {
            double drawn = (sample + offset) / examples.size();
            double ratio = LEAST_RATIO + (1 - LEAST_RATIO) * drawn;
            Example example = examples.get(sample);
            boolean open = random.nextDouble() < openShare;
            int limit = open ? example.prompt().length + random.nextInt(example.answer().length) : positions;
            boolean[] masks = masks(example, positions, limit, ratio, random);
            add(
                    batch,
                    example,
                    example.padded(positions, WordVocabulary.END),
                    masks,
                    open ? share(example, masks) : ratio);
        }
        return batch.build();
    }

    /** Adds a sample whose masks count 1/ratio each. */
    private void add(BatchBuilder batch, Example example, long[] text, boolean[] masks, double ratio) {
        long[] input = text.clone();
        batch.add(input);
        for (int position = example.prompt().length; position < text.length; position++) {
            double weight = weight(example, position);
            batch.count(weight);
            if (masks[position]) {
                input[position] = WordVocabulary.MASK;
                if (weight > 0) {
                    batch.predict(position, text[position], weight / ratio);
                }
            }
        }
    }

    /** What is masked of what counts. */
    private double share(Example example, boolean[] masks) {
        double masked = 0;
        double all = 0;
        for (int position = example.prompt().length; position < masks.length; position++) {
            double weight = weight(example, position);
            masked += masks[position] ? weight : 0;
            all += weight;
        }
        return masked / all;
    }

    private double weight(Example example, int position) {
        return position < example.length() ? 1 : tailWeight;
    }

    private static int positions(List<Example> examples, int canvas) {
        return examples.stream()
                .mapToInt(example -> example.prompt().length + Math.max(canvas, example.answer().length))
                .max()
                .orElseThrow();
    }

    private static boolean[] masks(Example example, int positions, int limit, double ratio, SplittableRandom random) {
        boolean[] masks = new boolean[positions];
        for (int position = example.prompt().length; position < positions; position++) {
            masks[position] = position >= limit || random.nextDouble() < ratio;
        }
        return masks;
    }
}
