package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.convert.DataType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The forward of LLaDA, Dream, LLaDA-MoE and LLaDA2 written down plainly in double precision: what the engine's logits are
 * held against. It shares nothing with the engine but the checkpoint.
 */
public final class ReferenceTransformer {
    private final ReferenceWeights weights;
    private final int layers;
    private final int heads;
    private final int kvHeads;
    private final int headWidth;
    /** Rotary base by layer. */
    private final IntToDoubleFunction theta;

    private final double epsilon;
    /** Leading numbers of a head that turn. */
    private final int turning;
    /** Bound on queries, keys and values. */
    private final double clip;

    private final ReferenceFeedForward feedForward;

    private ReferenceTransformer(ReferenceWeights weights, IntToDoubleFunction theta) {
        this.weights = weights;
        this.theta = theta;
        layers = weights.count("n_layers", "num_hidden_layers");
        heads = weights.count("n_heads", "num_attention_heads");
        kvHeads = weights.count("n_kv_heads", "num_key_value_heads");
        int evenWidth = weights.count("d_model", "hidden_size") / heads;
        headWidth = (int) weights.real("head_dim", evenWidth);
        epsilon = weights.real("rms_norm_eps");
        turning = (int) (headWidth * weights.real("partial_rotary_factor", 1));
        clip = weights.real("clip_qkv", Double.POSITIVE_INFINITY);
        feedForward = weights.routes() ? new ReferenceExperts(weights) : ReferenceFeedForward.gated(weights);
    }

    /**
     * Reads a checkpoint.
     *
     * @param matrices type that the model was converted to: matrices are rounded to it
     */
    public static ReferenceTransformer read(Path checkpoint, DataType matrices) {
        ReferenceWeights weights = ReferenceWeights.read(checkpoint, matrices);
        double theta = weights.real("rope_theta");
        return new ReferenceTransformer(weights, layer -> theta);
    }

    /** The same with another rotary base in some layers. */
    ReferenceTransformer turning(IntPredicate layers, double other) {
        return new ReferenceTransformer(weights, layer -> layers.test(layer) ? other : theta.applyAsDouble(layer));
    }

    /** Keys and values by layer and position; attention sees the positions that have some. */
    public static final class Kept {
        private final double[][][] keys;
        private final double[][][] values;

        private Kept(int layers, int positions) {
            keys = new double[layers][positions][0];
            values = new double[layers][positions][0];
        }
    }

    /** Room for the keys and values of a canvas, with none in it. */
    public Kept keepNothing(int positions) {
        return new Kept(layers, positions);
    }

    /** Logits of every row, {@code [tokens][vocabulary]}. */
    public double[][] logits(int[] tokens) {
        return logits(tokens, ReferenceMask.EVERYTHING);
    }

    /** The same of a model whose rows see what a mask shows them. */
    public double[][] logits(int[] tokens, ReferenceMask mask) {
        return logits(tokens, IntStream.range(0, tokens.length).toArray(), keepNothing(tokens.length), mask);
    }

    /** Rows of a canvas that choose each expert, {@code [layers][experts]}. */
    public int[][] rowsOfExperts(int[] tokens, ReferenceMask mask) {
        if (!(feedForward instanceof ReferenceExperts experts)) {
            throw new IllegalStateException("the model has no experts");
        }
        experts.takeRows();
        logits(tokens, mask);
        return experts.takeRows();
    }

    /** Logits of every row under classifier-free guidance: away from what the canvas without its prompt gives. */
    public double[][] guidedLogits(int[] tokens, int promptLength, double scale) {
        return guidedLogits(tokens, promptLength, scale, ReferenceMask.EVERYTHING);
    }

    /** The same of a model whose rows see what a mask shows them. */
    public double[][] guidedLogits(int[] tokens, int promptLength, double scale, ReferenceMask mask) {
        int[] unprompted = tokens.clone();
        Arrays.fill(unprompted, 0, promptLength, weights.count("mask_token_id", "mask_token_id"));
        double[][] without = logits(unprompted, mask);
        double[][] with = logits(tokens, mask);
        for (int row = 0; row < with.length; row++) {
            for (int token = 0; token < with[row].length; token++) {
                with[row][token] = without[row][token] + (scale + 1) * (with[row][token] - without[row][token]);
            }
        }
        return with;
    }

    /**
     * Logits of some rows, {@code [rows][vocabulary]}.
     *
     * @param kept what the rows attend to besides themselves; their own keys and values replace what it has of them
     * @param mask which of all these a row sees
     */
    public double[][] logits(int[] tokens, int[] rows, Kept kept, ReferenceMask mask) {
        int width = weights.count("d_model", "hidden_size");
        double[][] x = new double[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            int token = tokens[rows[row]];
            x[row] = Arrays.copyOfRange(weights.embedding(), token * width, (token + 1) * width);
        }
        for (int layer = 0; layer < layers; layer++) {
            attention(layer, x, rows, kept.keys[layer], kept.values[layer], mask);
            for (double[] row : x) {
                double[] normed = norm(row, weights.layer(layer, "ff_norm", "post_attention_layernorm"));
                add(row, feedForward.of(layer, normed));
            }
        }
        return Arrays.stream(x)
                .map(row -> ReferenceMath.product(weights.head(), norm(row, weights.finalNorm())))
                .toArray(double[][]::new);
    }

    private void attention(
            int layer, double[][] x, int[] rows, double[][] keys, double[][] values, ReferenceMask mask) {
        double[][] queries = new double[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            double[] normed = norm(x[row], weights.layer(layer, "attn_norm", "input_layernorm"));
            int keyed = heads + kvHeads;
            double[] query = projected(layer, "q_proj", 0, heads, normed);
            double[] key = projected(layer, "k_proj", heads, kvHeads, normed);
            queries[row] = rotated(layer, clipped(normedHeads(layer, "q_norm", query)), rows[row]);
            keys[rows[row]] = rotated(layer, clipped(normedHeads(layer, "k_norm", key)), rows[row]);
            values[rows[row]] = clipped(projected(layer, "v_proj", keyed, kvHeads, normed));
        }
        for (int row = 0; row < rows.length; row++) {
            double[] mixed = new double[heads * headWidth];
            double[][] seen = seen(layer, rows[row], keys, mask);
            for (int head = 0; head < heads; head++) {
                attend(head, queries[row], seen, values, mixed);
            }
            add(x[row], ReferenceMath.product(weights.layer(layer, "attn_out", "self_attn.o_proj"), mixed));
        }
    }

    /** @param before heads whose projections lie before this one's in a shared matrix */
    private double[] projected(int layer, String name, int before, int count, double[] input) {
        int numbers = headWidth * input.length;
        double[] output =
                ReferenceMath.product(weights.projection(layer, name, before * numbers, count * numbers), input);
        add(output, weights.bias(layer, name, output.length));
        return output;
    }

    /** Each head by itself, where the model does that. */
    private double[] normedHeads(int layer, String name, double[] row) {
        double[] weight =
                weights.layerIfPresent(layer, "self_attn." + name + ".weight").orElse(new double[0]);
        double[] normed = row.clone();
        for (int head = 0; weight.length > 0 && head < row.length; head += headWidth) {
            double[] one = norm(Arrays.copyOfRange(row, head, head + headWidth), weight);
            System.arraycopy(one, 0, normed, head, headWidth);
        }
        return normed;
    }

    private double[] clipped(double[] row) {
        return Arrays.stream(row)
                .map(value -> Math.max(-clip, Math.min(clip, value)))
                .toArray();
    }

    /** Rotary embedding: in each head, number i of the turning part's first half turns with number i of its second. */
    private double[] rotated(int layer, double[] row, int position) {
        double[] turned = row.clone();
        int half = turning / 2;
        for (int head = 0; head < row.length; head += headWidth) {
            for (int i = 0; i < half; i++) {
                double angle = position * Math.pow(theta.applyAsDouble(layer), -2.0 * i / turning);
                double first = row[head + i];
                double second = row[head + half + i];
                turned[head + i] = first * Math.cos(angle) - second * Math.sin(angle);
                turned[head + half + i] = second * Math.cos(angle) + first * Math.sin(angle);
            }
        }
        return turned;
    }

    /** Keys by position, without those that a row does not see. */
    private static double[][] seen(int layer, int row, double[][] keys, ReferenceMask mask) {
        double[][] seen = keys.clone();
        for (int key = 0; key < keys.length; key++) {
            if (!mask.sees(layer, row, key)) {
                seen[key] = new double[0];
            }
        }
        return seen;
    }

    /** One query head over the key head of its group, softmax over all positions that have a key. */
    private void attend(int head, double[] query, double[][] keys, double[][] values, double[] mixed) {
        int to = head * headWidth;
        int from = head / (heads / kvHeads) * headWidth;
        double total = 0;
        for (int position = 0; position < keys.length; position++) {
            if (keys[position].length > 0) {
                double score = 0;
                for (int i = 0; i < headWidth; i++) {
                    score += query[to + i] * keys[position][from + i];
                }
                double power = Math.exp(score / Math.sqrt(headWidth));
                total += power;
                for (int i = 0; i < headWidth; i++) {
                    mixed[to + i] += power * values[position][from + i];
                }
            }
        }
        for (int i = 0; i < headWidth; i++) {
            mixed[to + i] /= total;
        }
    }

    /** RMSNorm. */
    private double[] norm(double[] row, double[] weight) {
        double meanSquare = Arrays.stream(row).map(value -> value * value).sum() / row.length;
        double[] normed = new double[row.length];
        Arrays.setAll(normed, i -> row[i] / Math.sqrt(meanSquare + epsilon) * weight[i]);
        return normed;
    }

    private static void add(double[] row, double[] other) {
        Arrays.setAll(row, i -> row[i] + other[i]);
    }
}
