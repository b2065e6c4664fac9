package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the weights of a model folder are stored.
 *
 * @param type that was asked for
 * @param matrices what it came to for each role of which the model has matrices; vectors are float32
 */
public record WeightTypes(WeightType type, SortedMap<Role, MatrixType> matrices) {
    public WeightTypes {
        requireNonNull(type, "type is null; give one, e.g. WeightType.F32");
        requireNonNull(matrices, "matrices is null; give the type of each role");
        matrices = Collections.unmodifiableSortedMap(new TreeMap<>(matrices));
    }

    /** What a type means for a model. */
    static WeightTypes of(WeightType type, ModelSpec spec) {
        Map<Role, MatrixType> matrices = new EnumMap<>(Role.class);
        for (WeightSlot slot : Families.names(spec)) {
            if (slot.shape().size() > 1) {
                matrices.put(slot.key().role(), type.matrix(slot.key().role()));
            }
        }
        return new WeightTypes(type, new TreeMap<>(matrices));
    }

    /** How a role's weights are stored. */
    MatrixType of(Role role) {
        return matrices.getOrDefault(role, MatrixType.F32);
    }

    /** Whether a head that is the embedding is stored with it. */
    boolean shareTies() {
        return of(Role.HEAD) == of(Role.EMBEDDING);
    }

    @Override
    public String toString() {
        return type.toString();
    }
}
