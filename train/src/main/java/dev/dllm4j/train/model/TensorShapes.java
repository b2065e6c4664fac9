package dev.dllm4j.train.model;

import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of a model, as checkpoints of its family have them. Matrices are {@code [outputs, inputs]}. */
public final class TensorShapes {
    private static final String EXPERTS = ".mlp.experts.";

    private TensorShapes() {}

    /** Every tensor of a model, in the order that checkpoints have. */
    public static Map<String, Shape> of(ModelSpec spec) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (WeightSlot slot : Families.names(spec)) {
            shapes.put(slot.name(), shape(slot));
        }
        return shapes;
    }

    /** Numbers of all tensors together. */
    public static long parameters(ModelSpec spec) {
        return Families.names(spec).stream()
                .mapToLong(slot -> shape(slot).size())
                .sum();
    }

    /** The name of the output matrix. */
    public static String head(ModelSpec spec) {
        return outside(spec, Role.HEAD);
    }

    /**
     * Whether a tensor is one of the matrices that all rows of a block run through. Routers and experts are none: there
     * are many small ones, and each has a gradient of its own rows alone.
     */
    public static boolean isInnerMatrix(String name) {
        return !isExperts(name) && name.matches(".*(blocks|layers)\\.\\d+\\.(.*_proj|attn_out|ff_out)\\.weight");
    }

    /** Whether a tensor is an expert's. */
    public static boolean isExperts(String name) {
        return name.contains(EXPERTS);
    }

    /** What fills each place of a model. */
    static Map<WeightKey, String> names(ModelSpec spec) {
        Map<WeightKey, String> names = new LinkedHashMap<>();
        Families.names(spec).forEach(slot -> names.put(slot.key(), slot.name()));
        return names;
    }

    /** The name of the embedding, final norm or output matrix. */
    static String outside(ModelSpec spec, Role role) {
        String name = names(spec).get(WeightKey.outside(role));
        if (name == null) {
            throw new IllegalStateException("a model of family " + spec.family() + " has no " + role);
        }
        return name;
    }

    /** A matrix of a layer of LLaDA's, by its own name. */
    static String inLayer(int layer, String part) {
        return "model.transformer.blocks." + layer + "." + part + ".weight";
    }

    private static Shape shape(WeightSlot slot) {
        return new Shape(slot.shape().stream().mapToLong(Long::longValue).toArray());
    }
}
