package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Low-rank adapters (LoRA): beside a frozen matrix W {@code [outputs, inputs]} the product scale · B · A of two small
 * ones, A {@code [rank, inputs]} and B {@code [outputs, rank]}. B starts at zero, so training starts from the frozen model.
 *
 * @param scale alpha / rank
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA: Low-Rank Adaptation of Large Language Models</a>
 */
public record Lora(double scale, Tensors tensors) implements Adapters {
    /** The matrices of a layer, by their names in LLaDA's checkpoints. */
    public static final List<String> TARGETS =
            List.of("q_proj", "k_proj", "v_proj", "attn_out", "ff_proj", "up_proj", "ff_out");

    private static final String WEIGHT = ".weight";
    private static final String DOWN = ".lora_A.weight";
    private static final String UP = ".lora_B.weight";

    /** Shapes of the adapters of some targets, in every layer. */
    public static Map<String, Shape> shapes(ModelSpec spec, int rank, List<String> targets) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        Map<String, Shape> matrices = TensorShapes.of(spec);
        for (int layer = 0; layer < spec.layers(); layer++) {
            for (String target : targets) {
                String name = TensorShapes.inLayer(layer, target);
                Shape matrix = matrices.get(name);
                if (matrix == null || matrix.dimension() != 2) {
                    throw new IllegalArgumentException(
                            "target " + target + " matches no matrix of the layers; targets are " + TARGETS);
                }
                shapes.put(named(name, DOWN), new Shape(rank, matrix.get(1)));
                shapes.put(named(name, UP), new Shape(matrix.get(0), rank));
            }
        }
        return shapes;
    }

    /** Adapters that change nothing yet: A uniform within 1/√inputs, as a linear layer's start, B zero. */
    public static Tensors start(NDManager manager, Map<String, Shape> shapes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return Tensors.of(shapes, (name, shape) -> {
            float[] values = new float[Math.toIntExact(shape.size())];
            if (name.endsWith(DOWN)) {
                double bound = 1 / Math.sqrt((double) shape.get(1));
                for (int index = 0; index < values.length; index++) {
                    values[index] = (float) (bound * (2 * random.nextDouble() - 1));
                }
            }
            return Tensors.owned(manager, values, shape);
        });
    }

    @Override
    public NDArray apply(String name, NDArray rows, NDArray product) {
        NDArray down = tensors.arrays().get(named(name, DOWN));
        if (down == null) {
            return product;
        }
        NDArray adapted = Llada.linear(Llada.linear(rows, down), tensors.get(named(name, UP)));
        return product.add(adapted.mul(Tensors.constant(rows, scale)));
    }

    /**
     * The model with its adapters in the matrices.
     *
     * @param base stays as it is; matrices without an adapter are shared with it
     * @param manager owns the new matrices
     */
    public Weights merged(Weights base, NDManager manager) {
        Tensors sum = Tensors.of(TensorShapes.of(base.spec()), (name, shape) -> {
            NDArray down = tensors.arrays().get(named(name, DOWN));
            if (down == null) {
                return base.get(name);
            }
            try (NDArray product = tensors.get(named(name, UP)).matMul(down)) {
                return manager.zeros(shape, product.getDataType())
                        .addi(base.get(name))
                        .addi(product.muli(scale));
            }
        });
        return new Weights(base.spec(), sum);
    }

    private static String named(String matrix, String part) {
        return matrix.substring(0, matrix.length() - WEIGHT.length()) + part;
    }
}
