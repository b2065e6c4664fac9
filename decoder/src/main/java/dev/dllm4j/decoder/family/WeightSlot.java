package dev.dllm4j.decoder.family;

import java.util.ArrayList;
import java.util.List;

/**
 * A place of a model and the rows of a tensor that fill it.
 *
 * @param name of the tensor in a checkpoint
 * @param shape of the weight
 * @param firstRow of the tensor that is the weight's
 * @param tensorRows that the tensor must have; as many as the weight unless other weights lie in it, too
 */
public record WeightSlot(WeightKey key, String name, List<Long> shape, long firstRow, long tensorRows) {
    public WeightSlot {
        shape = List.copyOf(shape);
    }

    /** The shape that the tensor must have. */
    public List<Long> tensorShape() {
        List<Long> whole = new ArrayList<>(shape);
        whole.set(0, tensorRows);
        return whole;
    }

    /** Rows of the weight. */
    public long rows() {
        return shape.get(0);
    }
}
