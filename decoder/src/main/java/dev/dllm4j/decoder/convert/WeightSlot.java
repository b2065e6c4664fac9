package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import java.util.List;

/**
 * A place of the model and the tensor that fills it.
 *
 * @param name of the tensor in a checkpoint
 * @param shape the tensor must have
 */
record WeightSlot(WeightKey key, String name, List<Long> shape) {
    WeightSlot {
        shape = List.copyOf(shape);
    }

    void requireShape(SourceTensor tensor) {
        if (!tensor.shape().equals(shape)) {
            throw new ModelException(
                    "%s: tensor %s has shape %s; config.json asks for %s, make sure both belong to one checkpoint"
                            .formatted(tensor.file(), name, tensor.shape(), shape));
        }
    }
}
