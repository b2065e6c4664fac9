package dev.dllm4j.train.run;

import dev.dllm4j.train.model.RowLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Collects the rows of a batch whose samples all have the same length. Used once, by one thread. */
public final class BatchBuilder {
    private final RowLayout layout;
    private final int positions;
    private final List<long[]> tokens = new ArrayList<>();
    private final LongStream.Builder chosen = LongStream.builder();
    private final LongStream.Builder targets = LongStream.builder();
    private final List<Double> weights = new ArrayList<>();
    private double norm;

    /** Starts with no samples. */
    public BatchBuilder(RowLayout layout, int positions) {
        this.layout = layout;
        this.positions = positions;
    }

    /** Opens a sample. */
    public void add(long[] input) {
        tokens.add(input);
    }

    /** Adds to what the weights are divided by in the end. */
    public void count(double weight) {
        norm += weight;
    }

    /** Lets a position of the last sample predict a token. */
    public void predict(int position, long target, double weight) {
        chosen.add((tokens.size() - 1L) * positions + position);
        targets.add(target);
        weights.add(weight);
    }

    /** The batch, its weights divided by what was counted. */
    public Batch build() {
        float[] divided = new float[weights.size()];
        for (int index = 0; index < divided.length; index++) {
            divided[index] = (float) (weights.get(index) / norm);
        }
        return new Batch(
                layout,
                tokens.stream().map(sample -> Arrays.copyOf(sample, positions)).toArray(long[][]::new),
                chosen.build().toArray(),
                targets.build().toArray(),
                divided);
    }
}
