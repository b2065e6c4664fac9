package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.file.TensorFile;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/**
 * The tensors of a model, by name.
 *
 * @param arrays belong to the manager they were made with
 */
public record Weights(ModelSpec spec, Map<String, NDArray> arrays) {
    public Weights {
        arrays = Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
    }

    /**
     * Random ones. Rows of the embedding are larger than anything that blocks add to them, and blocks add nothing at
     * first, so that a token can be told from what stands in its row; learning to copy words hangs on it.
     */
    public static Weights random(NDManager manager, ModelSpec spec, DataType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return of(spec, (name, shape) -> {
            float[] values = new float[Math.toIntExact(shape.size())];
            double deviation = deviation(name, shape);
            for (int index = 0; index < values.length; index++) {
                values[index] = shape.dimension() == 1 ? 1 : (float) (deviation * random.nextGaussian());
            }
            return manager.create(values, shape).toType(type, false);
        });
    }

    /** All zero. */
    public static Weights zeros(NDManager manager, ModelSpec spec) {
        return of(spec, (name, shape) -> manager.zeros(shape));
    }

    /**
     * Those of a file.
     *
     * @param prefix of their names in it
     * @throws ModelException where the file holds another model's
     */
    public static Weights read(NDManager manager, ModelSpec spec, TensorFile file, String prefix) {
        return of(spec, (name, shape) -> {
            TensorFile.Tensor tensor = file.tensors().get(prefix + name);
            if (tensor == null || !new Shape(tensor.shape()).equals(shape)) {
                throw new ModelException("the checkpoint is of another architecture: "
                        + (tensor == null ? "it has no " + name : name + " is " + new Shape(tensor.shape()))
                        + " where the model asked for has " + shape + "; give the sizes it was trained with");
            }
            return manager.create(tensor.values(), shape);
        });
    }

    /** A copy. */
    public Weights copy(NDManager manager) {
        return of(spec, (name, shape) -> manager.zeros(shape).addi(get(name)));
    }

    /** The numbers, their names behind a prefix. */
    public Map<String, TensorFile.Tensor> tensors(String prefix) {
        Map<String, TensorFile.Tensor> tensors = new LinkedHashMap<>();
        arrays.forEach((name, array) -> tensors.put(
                prefix + name, new TensorFile.Tensor(array.getShape().getShape(), array.toFloatArray())));
        return tensors;
    }

    /** Makes every tensor collect a gradient. */
    public Weights trainable() {
        arrays.values().forEach(array -> array.setRequiresGradient(true));
        return this;
    }

    /** One tensor. */
    public NDArray get(String name) {
        NDArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalStateException("tensor " + name + " is missing");
        }
        return array;
    }

    NDArray inLayer(int layer, String part) {
        return get(TensorShapes.inLayer(layer, part));
    }

    private static double deviation(String name, Shape shape) {
        if (name.equals(TensorShapes.EMBEDDING)) {
            return 1;
        }
        boolean adds = name.matches(".*blocks.*(attn_out|ff_out).weight");
        return adds ? 0 : 1 / Math.sqrt((double) shape.get(shape.dimension() - 1));
    }

    private static Weights of(ModelSpec spec, BiFunction<String, Shape, NDArray> maker) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        TensorShapes.of(spec).forEach((name, shape) -> arrays.put(name, maker.apply(name, shape)));
        return new Weights(spec, arrays);
    }
}
