package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which tensor goes where in the weights file, decided before a byte is written.
 *
 * @param sources the tensors, in the order of the file
 * @param weights the places of the model and what fills them; a tied head is the embedding's weight once more
 * @param fileBytes length of the file
 */
record WeightPlan(Map<WeightKey, SourceTensor> sources, Map<WeightKey, Weight> weights, long fileBytes) {
    private static final WeightKey EMBEDDING = WeightKey.outside(Role.EMBEDDING);
    private static final WeightKey HEAD = WeightKey.outside(Role.HEAD);

    WeightPlan {
        sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
        weights = Map.copyOf(weights);
    }

    /**
     * Lays the tensors out one after the other.
     *
     * @param matrices type of matrices and embeddings; vectors and routers are float32
     */
    static WeightPlan of(Map<WeightKey, SourceTensor> tensors, DataType matrices, boolean tied) {
        Map<WeightKey, SourceTensor> sources = new LinkedHashMap<>(tensors);
        if (tied) {
            dropCopiedHead(sources);
        }
        Map<WeightKey, Weight> weights = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<WeightKey, SourceTensor> entry : sources.entrySet()) {
            SourceTensor source = entry.getValue();
            Weight weight = new Weight(type(entry.getKey(), source.shape(), matrices), source.shape(), aligned(end));
            weights.put(entry.getKey(), weight);
            end = weight.offset() + weight.bytes();
        }
        if (tied) {
            weights.computeIfAbsent(HEAD, head -> weights.get(EMBEDDING));
        }
        return new WeightPlan(sources, weights, end);
    }

    /** Length of the weights file of a model of these numbers; to the byte, as every tensor has one shape and one place. */
    static long fileBytes(ModelSpec spec, DataType matrices, boolean tied) {
        long end = 0;
        for (WeightSlot slot : Families.names(spec)) {
            if (!tied || slot.key().role() != Role.HEAD) {
                Weight weight = new Weight(type(slot.key(), slot.shape(), matrices), slot.shape(), aligned(end));
                end = weight.offset() + weight.bytes();
            }
        }
        return end;
    }

    /** Bytes of all tensors, without the gaps between them. */
    long tensorBytes() {
        return sources.keySet().stream().mapToLong(key -> weight(key).bytes()).sum();
    }

    Weight weight(WeightKey key) {
        Weight weight = weights.get(key);
        if (weight == null) {
            throw new IllegalArgumentException("no weight is planned for " + key);
        }
        return weight;
    }

    private static void dropCopiedHead(Map<WeightKey, SourceTensor> sources) {
        SourceTensor head = sources.remove(HEAD);
        SourceTensor embedding = sources.get(EMBEDDING);
        if (head != null && embedding != null) {
            TiedHead.requireCopy(head, embedding);
        }
    }

    /** A router is small, and which experts it chooses must not depend on how it is rounded. */
    private static DataType type(WeightKey key, List<Long> shape, DataType matrices) {
        return shape.size() == 1 || key.role() == Role.ROUTER ? DataType.F32 : matrices;
    }

    private static long aligned(long position) {
        return (position + Weight.ALIGNMENT - 1) / Weight.ALIGNMENT * Weight.ALIGNMENT;
    }
}
