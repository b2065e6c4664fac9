package dev.dllm4j.decoder.family;

import java.util.List;

/**
 * A place of a model and where in a checkpoint lies what fills it.
 *
 * @param shape of the weight
 * @param sources where it may lie, as the authors save it first
 */
public record WeightSlot(WeightKey key, List<Long> shape, List<Source> sources) {
    public WeightSlot {
        shape = List.copyOf(shape);
        sources = List.copyOf(sources);
    }

    /** The tensor's name as the authors save it. */
    public String name() {
        return sources.get(0).tensor();
    }

    /**
     * A stretch of a tensor, which has the weight's numbers one after the other.
     *
     * @param tensor its name
     * @param shape that the tensor must have
     * @param first number of the stretch in the tensor
     */
    public record Source(String tensor, List<Long> shape, long first) {
        public Source {
            shape = List.copyOf(shape);
        }
    }
}
