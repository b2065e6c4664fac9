package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.convert.TensorFile;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Learn2PD's filter: a linear layer, ReLU, a linear layer, over the confidences of a whole block. Reads
 * {@code linear1.weight}, {@code linear1.bias}, {@code linear2.weight} and {@code linear2.bias} of a safetensors file
 * ({@code small_model.py}); its {@code __metadata__} may say {@code block_length}, {@code threshold} and
 * {@code model_hash}. Immutable.
 */
public final class FilterNetwork {
    /** Positions of a block, and inner width. The paper's are 32 and 2,048. */
    private static final int MOST_WIDTH = 16_384;

    private static final long MOST_BYTES = 64L << 20;

    private final Path file;
    private final Linear first;
    private final Linear second;
    private final OptionalDouble threshold;
    private final Optional<String> modelHash;

    private FilterNetwork(
            Path file, Linear first, Linear second, OptionalDouble threshold, Optional<String> modelHash) {
        this.file = file;
        this.first = first;
        this.second = second;
        this.threshold = threshold;
        this.modelHash = modelHash;
    }

    /**
     * Reads a filter's file.
     *
     * @throws ModelException if it holds no such network
     */
    public static FilterNetwork read(Path file) {
        requireSmallFile(file);
        TensorFile tensors = TensorFile.open(file);
        int[] shape = tensors.shape("linear1.weight", 2);
        int inner = shape[0];
        int width = shape[1];
        if (width > MOST_WIDTH || inner > MOST_WIDTH) {
            throw new ModelException(String.format(
                            Locale.ROOT,
                            "%s: tensor linear1.weight has shape [%d, %d]; a filter has %d at most each way,",
                            file,
                            inner,
                            width,
                            MOST_WIDTH)
                    + " so take the file of the right network");
        }
        tensors.metadata("block_length").ifPresent(length -> requireLength(file, length, width));
        return new FilterNetwork(
                file,
                Linear.read(tensors, "linear1", inner, width),
                Linear.read(tensors, "linear2", width, inner),
                tensors.metadata("threshold")
                        .map(text -> OptionalDouble.of(threshold(file, text)))
                        .orElseGet(OptionalDouble::empty),
                tensors.metadata("model_hash"));
    }

    public Path file() {
        return file;
    }

    /** Most positions of a block. */
    public int width() {
        return first.inputs();
    }

    /** Least probability to accept with, as the file recommends it. */
    public OptionalDouble threshold() {
        return threshold;
    }

    /** The model whose decodings it was trained on, where the file says so. */
    public Optional<String> modelHash() {
        return modelHash;
    }

    /**
     * For each position of a block, the probability that its prediction is final.
     *
     * @param confidences of all its positions, committed ones too; a block shorter than the width is padded with zeros
     */
    public double[] probabilities(double[] confidences) {
        double[] inner = first.apply(Arrays.copyOf(confidences, width()));
        for (int i = 0; i < inner.length; i++) {
            inner[i] = Math.max(inner[i], 0);
        }
        double[] outputs = second.apply(inner);
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = 1 / (1 + Math.exp(-outputs[i]));
        }
        return Arrays.copyOf(outputs, confidences.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FilterNetwork that
                && file.equals(that.file)
                && first.same(that.first)
                && second.same(that.second)
                && threshold.equals(that.threshold)
                && modelHash.equals(that.modelHash);
    }

    @Override
    public int hashCode() {
        return file.hashCode();
    }

    /** A pipe or a device may never end; what is missing is for the reader to say. */
    private static void requireSmallFile(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new ModelException(file + " is no regular file; a filter is a safetensors file, so name one");
        }
        if (file.toFile().length() > MOST_BYTES) {
            throw new ModelException(file + " has " + file.toFile().length() + " bytes; a filter has at most "
                    + MOST_BYTES + ", so name the filter's file");
        }
    }

    private static void requireLength(Path file, String length, int width) {
        if (!length.equals(String.valueOf(width))) {
            throw new ModelException(file + " says block_length " + length + " and its network takes " + width
                    + " confidences; they must be equal, so train the filter again");
        }
    }

    private static double threshold(Path file, String text) {
        try {
            double threshold = Double.parseDouble(text);
            if (Double.isFinite(threshold)) {
                return threshold;
            }
        } catch (NumberFormatException e) {
            // Falls through to the one message for everything that is no finite number.
        }
        throw new ModelException(
                file + " says threshold " + text + "; it must be a finite number, so train the filter again");
    }

    /** Weights are {@code [outputs, inputs]}, row-major. */
    private static final class Linear {
        private final int inputs;
        private final float[] weight;
        private final float[] bias;

        private Linear(int inputs, float[] weight, float[] bias) {
            this.inputs = inputs;
            this.weight = weight;
            this.bias = bias;
        }

        static Linear read(TensorFile tensors, String name, int outputs, int inputs) {
            return new Linear(
                    inputs, tensors.values(name + ".weight", outputs, inputs), tensors.values(name + ".bias", outputs));
        }

        int inputs() {
            return inputs;
        }

        double[] apply(double[] input) {
            double[] output = new double[bias.length];
            for (int row = 0; row < output.length; row++) {
                double sum = bias[row];
                for (int column = 0; column < input.length; column++) {
                    sum += weight[row * input.length + column] * input[column];
                }
                output[row] = sum;
            }
            return output;
        }

        boolean same(Linear other) {
            return Arrays.equals(weight, other.weight) && Arrays.equals(bias, other.bias);
        }
    }
}
