package dev.dllm4j.train.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.train.file.TensorFile;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Arrays by name, in a fixed order: a model's weights, or what is trained beside them.
 *
 * @param arrays belong to the manager they were made with
 */
public record Tensors(Map<String, NDArray> arrays) {
    public Tensors {
        arrays = Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
    }

    /** Makes an array for each name and shape. */
    public static Tensors of(Map<String, Shape> shapes, BiFunction<String, Shape, NDArray> maker) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> arrays.put(name, maker.apply(name, shape)));
        return new Tensors(arrays);
    }

    /**
     * Those of a file.
     *
     * @param prefix of their names in it
     * @throws ModelException where the file holds others
     */
    public static Tensors read(NDManager manager, Map<String, Shape> shapes, TensorFile file, String prefix) {
        return of(shapes, (name, shape) -> {
            TensorFile.Tensor tensor = file.tensors().get(prefix + name);
            if (tensor == null || !new Shape(tensor.shape()).equals(shape)) {
                throw new ModelException("the checkpoint is of another architecture: "
                        + (tensor == null ? "it has no " + name : name + " is " + new Shape(tensor.shape()))
                        + " where the model asked for has " + shape + "; give the sizes it was trained with");
            }
            return owned(manager, tensor.values(), shape);
        });
    }

    /**
     * An array in libtorch's own memory. What it only borrows from Java lies at any address, and products of matrices
     * round by where these begin: a run would not be repeatable.
     */
    public static NDArray owned(NDManager manager, float[] values, Shape shape) {
        try (NDArray borrowed = manager.create(values, shape)) {
            return borrowed.duplicate();
        }
    }

    /**
     * A number as an array that lives as long as the manager of its neighbour. DJL's operators on a {@link Number} let
     * go of it at once, and the gradients that read it again find what a garbage collection has left there.
     */
    public static NDArray constant(NDArray neighbour, double value) {
        return neighbour.getManager().create(value);
    }

    /** As many zeros. */
    public Tensors zeros(NDManager manager) {
        return of(shapes(), (name, shape) -> manager.zeros(shape));
    }

    /** A copy. */
    public Tensors copy(NDManager manager) {
        return of(shapes(), (name, shape) -> manager.zeros(shape).addi(get(name)));
    }

    /** Makes every array collect a gradient. */
    public Tensors trainable() {
        arrays.values().forEach(array -> array.setRequiresGradient(true));
        return this;
    }

    /** The numbers, their names behind a prefix. */
    public Map<String, TensorFile.Tensor> numbers(String prefix) {
        Map<String, TensorFile.Tensor> numbers = new LinkedHashMap<>();
        arrays.forEach((name, array) -> numbers.put(
                prefix + name, new TensorFile.Tensor(array.getShape().getShape(), array.toFloatArray())));
        return numbers;
    }

    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        arrays.forEach((name, array) -> shapes.put(name, array.getShape()));
        return shapes;
    }

    /** One array. */
    public NDArray get(String name) {
        NDArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalStateException("tensor " + name + " is missing");
        }
        return array;
    }
}
