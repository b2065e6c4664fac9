package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which tensor goes where in the weights file, decided before a byte is written.
 *
 * @param sources the tensors, in the order of the file
 * @param weights the places of the model and what fills them; a tied head is the embedding's weight once more where both are
 *     stored alike
 * @param fileBytes length of the file
 * @param finite whether every number must be
 */
record WeightPlan(
        Map<WeightKey, SourceTensor> sources, Map<WeightKey, Weight> weights, long fileBytes, boolean finite) {
    private static final WeightKey EMBEDDING = WeightKey.outside(Role.EMBEDDING);
    private static final WeightKey HEAD = WeightKey.outside(Role.HEAD);

    WeightPlan {
        sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
        weights = Map.copyOf(weights);
    }

    /**
     * Lays the tensors out one after the other.
     *
     * @param tied whether the head must be the embedding
     * @throws ModelException where a tensor's shape does not go with its type
     */
    static WeightPlan of(Map<WeightKey, SourceTensor> tensors, WeightTypes types, boolean tied) {
        Map<WeightKey, SourceTensor> sources = new LinkedHashMap<>(tensors);
        if (tied) {
            TiedHead.requireCopy(requireNonNull(sources.get(HEAD)), requireNonNull(sources.get(EMBEDDING)));
            if (types.shareTies()) {
                sources.remove(HEAD);
            }
        }
        Map<WeightKey, Weight> weights = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<WeightKey, SourceTensor> entry : sources.entrySet()) {
            SourceTensor source = entry.getValue();
            Weight weight = new Weight(types.of(entry.getKey().role()), source.shape(), aligned(end));
            weights.put(entry.getKey(), weight);
            end = weight.offset() + bytes(weight, source);
        }
        if (tied) {
            weights.computeIfAbsent(HEAD, head -> weights.get(EMBEDDING));
        }
        return new WeightPlan(sources, weights, end, types.type().quantized());
    }

    /**
     * Where the weights of a model of these numbers lie, each tensor of one shape and in one place.
     *
     * @param tied whether the head is the embedding, and has no place of its own where both are stored alike
     */
    static Map<WeightKey, Weight> places(ModelSpec spec, WeightTypes types, boolean tied) {
        Map<WeightKey, Weight> places = new LinkedHashMap<>();
        long end = 0;
        for (WeightSlot slot : Families.names(spec)) {
            if (!tied || !types.shareTies() || slot.key().role() != Role.HEAD) {
                Weight weight = new Weight(types.of(slot.key().role()), slot.shape(), aligned(end));
                places.put(slot.key(), weight);
                end = weight.offset() + weight.bytes();
            }
        }
        return places;
    }

    /** Length of the weights file of a model of these numbers, to the byte. */
    static long fileBytes(ModelSpec spec, WeightTypes types, boolean tied) {
        return places(spec, types, tied).values().stream()
                .mapToLong(weight -> weight.offset() + weight.bytes())
                .max()
                .orElse(0);
    }

    /** Bytes of all tensors, without the gaps between them. */
    long tensorBytes() {
        return sources.keySet().stream().mapToLong(key -> weight(key).bytes()).sum();
    }

    /** Bytes of direct memory that the weight takes to encode that takes most. */
    int wholeBytes() {
        return sources.keySet().stream()
                .map(this::weight)
                .mapToInt(weight -> weight.type().matrix().wholeBytes(weight.shape()))
                .max()
                .orElse(0);
    }

    Weight weight(WeightKey key) {
        Weight weight = weights.get(key);
        if (weight == null) {
            throw new IllegalArgumentException("no weight is planned for " + key);
        }
        return weight;
    }

    private static long bytes(Weight weight, SourceTensor source) {
        try {
            return weight.bytes();
        } catch (IllegalArgumentException e) {
            throw new ModelException(source.file() + ": tensor " + source.name() + " " + e.getMessage(), e);
        }
    }

    private static long aligned(long position) {
        return (position + Weight.ALIGNMENT - 1) / Weight.ALIGNMENT * Weight.ALIGNMENT;
    }
}
