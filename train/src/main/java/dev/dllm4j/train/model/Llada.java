package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * LLaDA's forward: RMSNorm, rotary attention, gated feed-forward or experts, an output matrix of its own.
 *
 * <p>An operator's result belongs to the manager of the array it is called on, so everything here is called on arrays
 * of the step and never on a weight; all of a forward goes when the step's manager is closed.
 */
public final class Llada {
    /** The family of models that it computes. */
    public static final String FAMILY = "llada";
    /** The family of those with experts, which also norm queries and keys. */
    public static final String EXPERT_FAMILY = "llada_moe";

    private static final float UNSEEN = -1e9f;

    private final Weights weights;
    private final Adapters adapters;
    private final ModelSpec spec;
    private final Map<WeightKey, String> names;

    public Llada(Weights weights) {
        this(weights, (name, rows, product) -> product);
    }

    /** @param adapters see every product with a matrix of a layer */
    public Llada(Weights weights, Adapters adapters) {
        this.weights = weights;
        this.adapters = adapters;
        this.spec = weights.spec();
        this.names = TensorShapes.names(spec);
    }

    /** The numbers of the model. */
    public ModelSpec spec() {
        return spec;
    }

    /**
     * Hidden rows before the last norm, {@code [samples · rows, d]}.
     *
     * @param tokens int64 {@code [samples, rows]}, of the step's manager
     */
    public NDArray hidden(NDArray tokens, RowLayout layout) {
        return hidden(tokens, layout, RouterWatch.NONE);
    }

    /**
     * The same.
     *
     * @param watch hears what routers do, where the model has experts
     */
    public NDArray hidden(NDArray tokens, RowLayout layout, RouterWatch watch) {
        int count = Math.toIntExact(tokens.getShape().get(1));
        NDManager step = tokens.getManager();
        NDArray rows = Embedding.embedding(tokens, weight(WeightKey.OUTSIDE, Role.EMBEDDING), SparseFormat.DENSE)
                .singletonOrThrow();
        double scale = 1 / Math.sqrt(spec.headWidth());
        long[][] positions = layout.positions() == null ? new long[][] {range(count)} : layout.positions();
        Rotary queries = Rotary.of(step, spec, positions, scale, rows.getDataType());
        Rotary keys = Rotary.of(step, spec, positions, 1, rows.getDataType());
        NDArray unseen =
                layout.seen() == null ? null : unseen(step, layout.seen()).toType(rows.getDataType(), false);
        for (int layer = 0; layer < spec.layers(); layer++) {
            rows = rows.add(attention(layer, rows, queries, keys, unseen));
            rows = rows.add(feedForward(layer, rows, watch));
        }
        return rows.reshape(-1, spec.hidden());
    }

    /**
     * Logits {@code [chosen, vocabulary]} of some rows.
     *
     * @param hidden what {@link #hidden} gave
     * @param chosen int64 indices of its rows
     */
    public NDArray logits(NDArray hidden, NDArray chosen) {
        NDArray rows = Embedding.embedding(chosen, hidden, SparseFormat.DENSE).singletonOrThrow();
        return linear(norm(rows, weight(WeightKey.OUTSIDE, Role.FINAL_NORM)), weight(WeightKey.OUTSIDE, Role.HEAD));
    }

    private NDArray attention(int layer, NDArray rows, Rotary queries, Rotary keys, @Nullable NDArray unseen) {
        NDArray normed = norm(rows, weight(layer, Role.ATTENTION_NORM));
        NDArray query =
                queries.turn(headNorm(layer, Role.QUERY_NORM, heads(linear(normed, layer, Role.QUERY), spec.heads())));
        NDArray key = keys.turn(headNorm(layer, Role.KEY_NORM, heads(linear(normed, layer, Role.KEY), spec.kvHeads())));
        NDArray value = heads(linear(normed, layer, Role.VALUE), spec.kvHeads());
        NDArray scores = query.matMul(shared(key).transpose(0, 1, 3, 2));
        NDArray seen = (unseen == null ? scores : scores.add(unseen)).softmax(-1);
        NDArray mixed = seen.matMul(shared(value)).transpose(0, 2, 1, 3);
        Shape shape = rows.getShape();
        return linear(mixed.reshape(shape.get(0), shape.get(1), spec.queryWidth()), layer, Role.ATTENTION_OUT);
    }

    private NDArray feedForward(int layer, NDArray rows, RouterWatch watch) {
        NDArray normed = norm(rows, weight(layer, Role.FEED_FORWARD_NORM));
        if (spec.feedForward() instanceof Experts experts) {
            return new ExpertLayer(this, layer, experts).apply(normed, watch);
        }
        NDArray gate = linear(normed, layer, Role.GATE);
        NDArray up = linear(normed, layer, Role.UP);
        return linear(silu(gate).mul(up), layer, Role.DOWN);
    }

    /** {@code [batch, positions, heads · width]} as {@code [batch, heads, positions, width]}. */
    private NDArray heads(NDArray rows, int heads) {
        Shape shape = rows.getShape();
        return rows.reshape(shape.get(0), shape.get(1), heads, spec.headWidth()).transpose(0, 2, 1, 3);
    }

    /** Repeats keys or values for the query heads that share them. */
    private NDArray shared(NDArray rows) {
        return spec.kvHeads() == spec.heads() ? rows : rows.repeat(1, spec.heads() / spec.kvHeads());
    }

    private NDArray norm(NDArray rows, NDArray weight) {
        NDArray meanSquare = rows.square().mean(new int[] {-1}, true);
        return rows.div(meanSquare
                        .add(Tensors.constant(rows, spec.norm().epsilon()))
                        .sqrt())
                .mul(weight);
    }

    /** Norms each head by itself, where the family does. */
    private NDArray headNorm(int layer, Role role, NDArray heads) {
        String name = names.get(new WeightKey(layer, role));
        return name == null ? heads : norm(heads, weights.get(name));
    }

    private NDArray linear(NDArray rows, int layer, Role role) {
        return linear(rows, new WeightKey(layer, role));
    }

    /** A product with a matrix of a layer, adapted. */
    NDArray linear(NDArray rows, WeightKey key) {
        String name = name(key);
        return adapters.apply(name, rows, linear(rows, weights.get(name)));
    }

    NDArray weight(int layer, Role role) {
        return weights.get(name(new WeightKey(layer, role)));
    }

    private String name(WeightKey key) {
        String name = names.get(key);
        if (name == null) {
            throw new IllegalStateException("a model of family " + spec.family() + " has no " + key);
        }
        return name;
    }

    static NDArray linear(NDArray rows, NDArray matrix) {
        return Linear.linear(rows, matrix).singletonOrThrow();
    }

    static NDArray silu(NDArray rows) {
        return rows.mul(Activation.sigmoid(rows));
    }

    private static long[] range(int count) {
        return LongStream.range(0, count).toArray();
    }

    /** {@code [samples, 1, rows, rows]}, forbidding what a row does not see. */
    private static NDArray unseen(NDManager step, boolean[][][] seen) {
        int rows = seen[0].length;
        FloatBuffer mask = FloatBuffer.allocate(seen.length * rows * rows);
        for (boolean[][] sample : seen) {
            for (boolean[] row : sample) {
                for (boolean sees : row) {
                    mask.put(sees ? 0 : UNSEEN);
                }
            }
        }
        return step.create(mask.array(), new Shape(seen.length, 1, rows, rows));
    }
}
