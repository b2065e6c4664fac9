package dev.dllm4j.train.model;

import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** What LLaDA checkpoints call their tensors. Matrices are {@code [outputs, inputs]}. */
public final class TensorShapes {
    static final String EMBEDDING = "model.transformer.wte.weight";
    static final String FINAL_NORM = "model.transformer.ln_f.weight";
    public static final String HEAD = "model.transformer.ff_out.weight";

    private TensorShapes() {}

    /** Every tensor of a model, in the order that checkpoints have. */
    public static Map<String, Shape> of(ModelSpec spec) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put(EMBEDDING, new Shape(spec.vocabulary(), spec.hidden()));
        for (int layer = 0; layer < spec.layers(); layer++) {
            shapes.put(inLayer(layer, "attn_norm"), new Shape(spec.hidden()));
            shapes.put(inLayer(layer, "q_proj"), new Shape(spec.queryWidth(), spec.hidden()));
            shapes.put(inLayer(layer, "k_proj"), new Shape(spec.kvWidth(), spec.hidden()));
            shapes.put(inLayer(layer, "v_proj"), new Shape(spec.kvWidth(), spec.hidden()));
            shapes.put(inLayer(layer, "attn_out"), new Shape(spec.hidden(), spec.queryWidth()));
            shapes.put(inLayer(layer, "ff_norm"), new Shape(spec.hidden()));
            shapes.put(inLayer(layer, "ff_proj"), new Shape(spec.feedForward().width(), spec.hidden()));
            shapes.put(inLayer(layer, "up_proj"), new Shape(spec.feedForward().width(), spec.hidden()));
            shapes.put(
                    inLayer(layer, "ff_out"),
                    new Shape(spec.hidden(), spec.feedForward().width()));
        }
        shapes.put(FINAL_NORM, new Shape(spec.hidden()));
        shapes.put(HEAD, new Shape(spec.vocabulary(), spec.hidden()));
        return shapes;
    }

    /** Numbers of all tensors together. */
    public static long parameters(ModelSpec spec) {
        return of(spec).values().stream().mapToLong(Shape::size).sum();
    }

    /** Whether a tensor is one of a block's matrices. */
    public static boolean isInnerMatrix(String name) {
        return name.matches(".*blocks\\.\\d+\\.(.*_proj|attn_out|ff_out)\\.weight");
    }

    static String inLayer(int layer, String part) {
        return "model.transformer.blocks." + layer + "." + part + ".weight";
    }
}
