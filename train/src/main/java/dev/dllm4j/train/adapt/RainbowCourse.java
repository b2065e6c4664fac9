package dev.dllm4j.train.adapt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.run.Batch;
import dev.dllm4j.train.run.BatchBuilder;
import dev.dllm4j.train.run.Canvases;
import dev.dllm4j.train.run.Example;
import dev.dllm4j.train.run.Examples;
import dev.dllm4j.train.run.Lesson;
import dev.dllm4j.train.run.Trainer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * LLaDA's objective on answers with rainbow padding: every position behind the prompt, padding included, becomes a mask
 * with the sample's ratio t, and a mask's cross entropy counts 1 / (t · positions behind the prompt). Samples are as long
 * as the longest of their batch, or as a canvas whose length is drawn.
 *
 * @param examples answers with one end token each
 * @param mask id of the mask token
 * @param context most positions of a sample
 */
public record RainbowCourse(Examples examples, RainbowPadding padding, int mask, int context, long seed, int rows)
        implements Course {
    /** Least mask ratio: below it, hardly a mask is drawn and its weight is without bounds. */
    static final double LEAST_RATIO = 1e-3;

    @Override
    public String identity() {
        return "rainbow, end " + padding.end() + ", pads " + padding.pads();
    }

    @Override
    public Lesson at(Llada model, long step, double progress) {
        return new Exercise(model, batch(step));
    }

    Batch batch(long step) {
        SplittableRandom random = Draw.random(seed, step);
        int canvas = Canvases.draw(random);
        List<Example> batch = Draw.batch(examples, rows, example -> length(example, canvas), random);
        int positions = batch.stream()
                .mapToInt(example -> length(example, canvas))
                .max()
                .orElseThrow();
        Batch masked = masked(batch, positions, random);
        while (masked.chosen().length == 0) {
            masked = masked(batch, positions, random);
        }
        return masked;
    }

    private int length(Example example, int canvas) {
        return Math.max(Math.min(example.prompt().length + canvas, context), example.length());
    }

    /** Ratios are stratified: one in each n-th of (0, 1). */
    private Batch masked(List<Example> samples, int positions, SplittableRandom random) {
        BatchBuilder batch = new BatchBuilder(RowLayout.FULL, positions);
        double offset = random.nextDouble();
        for (int sample = 0; sample < samples.size(); sample++) {
            double ratio = LEAST_RATIO + (1 - LEAST_RATIO) * (sample + offset) / samples.size();
            add(batch, samples.get(sample), positions, ratio, random);
        }
        return batch.build();
    }

    private void add(BatchBuilder batch, Example example, int positions, double ratio, SplittableRandom random) {
        int prompt = example.prompt().length;
        int[] answer = Arrays.copyOf(example.answer(), example.answer().length - 1);
        int[] canvas = padding.pad(answer, positions - prompt);
        long[] input = new long[positions];
        batch.add(input);
        batch.count(1);
        for (int position = 0; position < positions; position++) {
            input[position] = position < prompt ? example.prompt()[position] : canvas[position - prompt];
            if (position >= prompt && random.nextDouble() < ratio) {
                batch.predict(position, input[position], 1 / (ratio * canvas.length));
                input[position] = mask;
            }
        }
    }

    private record Exercise(Llada model, Batch batch) implements Lesson {
        @Override
        public int samples() {
            return batch.samples();
        }

        @Override
        public NDArray loss(NDManager step) {
            return Trainer.loss(model, batch, step);
        }
    }
}
