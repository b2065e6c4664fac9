package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/** The tensors of a model, under the names that checkpoints have for them. */
public record Weights(ModelSpec spec, Tensors tensors) {
    /**
     * Random ones. Rows of the embedding are larger than anything that blocks add to them, and blocks add nothing at
     * first, so that a token can be told from what stands in its row; learning to copy words hangs on it.
     */
    public static Weights random(NDManager manager, ModelSpec spec, DataType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String embedding = TensorShapes.outside(spec, Role.EMBEDDING);
        return of(spec, (name, shape) -> {
            float[] values = new float[Math.toIntExact(shape.size())];
            double deviation = name.equals(embedding) ? 1 : deviation(name, shape);
            for (int index = 0; index < values.length; index++) {
                values[index] = shape.dimension() == 1 ? 1 : (float) (deviation * random.nextGaussian());
            }
            return Tensors.owned(manager, values, shape).toType(type, false);
        });
    }

    /** Those of a checkpoint, float32. */
    public static Weights read(NDManager manager, HfCheckpoint checkpoint) {
        return of(checkpoint.spec(), (name, shape) -> Tensors.owned(manager, checkpoint.values(name), shape));
    }

    /** Makes every tensor collect a gradient. */
    public Weights trainable() {
        tensors.trainable();
        return this;
    }

    /** One tensor. */
    public NDArray get(String name) {
        return tensors.get(name);
    }

    private static double deviation(String name, Shape shape) {
        boolean adds = name.matches(".*(blocks.*(attn_out|ff_out)|layers.*(o_proj|down_proj)).weight");
        return adds ? 0 : 1 / Math.sqrt((double) shape.get(shape.dimension() - 1));
    }

    private static Weights of(ModelSpec spec, BiFunction<String, Shape, NDArray> maker) {
        return new Weights(spec, Tensors.of(TensorShapes.of(spec), maker));
    }
}
