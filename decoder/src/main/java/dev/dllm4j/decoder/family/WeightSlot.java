package dev.dllm4j.decoder.family;

import java.util.List;

/**
 * A place of a model and the tensor that fills it.
 *
 * @param name of the tensor in a checkpoint
 * @param shape the tensor must have
 */
public record WeightSlot(WeightKey key, String name, List<Long> shape) {
    public WeightSlot {
        shape = List.copyOf(shape);
    }
}
