package dev.dllm4j.train.run;

import dev.dllm4j.train.model.Sight;
import dev.dllm4j.train.words.WordVocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * LLaDA's objective: every position of the canvas becomes a mask with the sample's ratio t, and a mask's cross entropy
 * counts 1/t. Ratios are stratified: one in each n-th of (0, 1).
 *
 * <p>A sample is its prompt, its answer and end tokens up to the batch's length, so every canvas is as long as the
 * shortest one asked for, or longer where the prompt is shorter. Prompts are never masked.
 */
final class MaskedObjective {
    /** Least mask ratio: below it, hardly a mask is drawn and its weight is without bounds. */
    static final double LEAST_RATIO = 1e-3;

    private final boolean complementary;
    private final double tailWeight;

    MaskedObjective(boolean complementary, double tailWeight) {
        this.complementary = complementary;
        this.tailWeight = tailWeight;
    }

    Batch batch(List<Example> examples, int canvas, SplittableRandom random) {
        int positions = positions(examples, canvas);
        BatchBuilder batch = new BatchBuilder(Sight.ALL, positions);
        double offset = random.nextDouble();
        for (int sample = 0; sample < examples.size(); sample++) {
            double drawn = (sample + offset) / examples.size();
            double ratio = LEAST_RATIO + (1 - LEAST_RATIO) * drawn;
            Example example = examples.get(sample);
            long[] text = text(example, positions);
            boolean[] masks = masks(example, positions, ratio, random);
            addMasked(batch, example, text, masks, ratio);
            if (complementary) {
                addMasked(batch, example, text, others(example, masks), Math.max(1 - ratio, LEAST_RATIO));
            }
        }
        return batch.build();
    }

    private void addMasked(BatchBuilder batch, Example example, long[] text, boolean[] masks, double ratio) {
        long[] input = text.clone();
        batch.add(input);
        for (int position = example.prompt().length; position < text.length; position++) {
            double weight = position < example.length() ? 1 : tailWeight;
            batch.count(weight);
            if (masks[position]) {
                input[position] = WordVocabulary.MASK;
                if (weight > 0) {
                    batch.predict(position, text[position], weight / ratio);
                }
            }
        }
    }

    private static int positions(List<Example> examples, int canvas) {
        return examples.stream()
                .mapToInt(example -> example.prompt().length + Math.max(canvas, example.answer().length))
                .max()
                .orElseThrow();
    }

    private static long[] text(Example example, int positions) {
        long[] text = new long[positions];
        Arrays.fill(text, WordVocabulary.END);
        int end = 0;
        for (int[] part : List.of(example.prompt(), example.answer())) {
            for (int token : part) {
                text[end++] = token;
            }
        }
        return text;
    }

    private static boolean[] masks(Example example, int positions, double ratio, SplittableRandom random) {
        boolean[] masks = new boolean[positions];
        for (int position = example.prompt().length; position < positions; position++) {
            masks[position] = random.nextDouble() < ratio;
        }
        return masks;
    }

    private static boolean[] others(Example example, boolean[] masks) {
        boolean[] others = new boolean[masks.length];
        for (int position = example.prompt().length; position < masks.length; position++) {
            others[position] = !masks[position];
        }
        return others;
    }
}
