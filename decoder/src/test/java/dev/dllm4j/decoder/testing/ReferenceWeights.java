package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.convert.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The numbers of a checkpoint, under LLaDA's name or under that of LLaMA's layout, which the others have. */
final class ReferenceWeights {
    /** What LLaDA2 calls a part of LLaMA's layout. */
    private static final Map<String, String> LLADA2 = Map.of(
            "model.embed_tokens", "model.word_embeddings",
            "self_attn.o_proj", "attention.dense",
            "self_attn.q_norm", "attention.query_layernorm",
            "self_attn.k_norm", "attention.key_layernorm");

    private final boolean llada;
    private final boolean llada2;
    private final JsonNode config;
    private final Map<String, double[]> tensors = new HashMap<>();

    private ReferenceWeights(JsonNode config) {
        this.config = config;
        this.llada = config.has("d_model");
        this.llada2 = config.get("model_type").asText().equals("llada2_moe");
    }

    /** @param matrices type that matrices are rounded to */
    static ReferenceWeights read(Path checkpoint, DataType matrices) {
        try {
            ReferenceWeights weights = new ReferenceWeights(new ObjectMapper()
                    .readTree(checkpoint.resolve("config.json").toFile()));
            CheckpointTensors tensors = CheckpointTensors.read(checkpoint);
            tensors.names().forEach(name -> weights.tensors.put(name, tensors.converted(name, matrices)));
            return weights;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int count(String lladaField, String llamaField) {
        return config.get(llada ? lladaField : llamaField).asInt();
    }

    double real(String field) {
        return config.get(field).asDouble();
    }

    /** A number of config.json, or another where it has none. */
    double real(String field, double absent) {
        return config.path(field).asDouble(absent);
    }

    /** Whether rows of the model choose experts. */
    boolean routes() {
        return config.has("num_experts");
    }

    /** Whether the model is LLaDA2. */
    boolean llada2() {
        return llada2;
    }

    double[] embedding() {
        return tensor(llada ? "model.transformer.wte.weight" : name("model.embed_tokens") + ".weight");
    }

    double[] finalNorm() {
        return tensor(llada ? "model.transformer.ln_f.weight" : "model.norm.weight");
    }

    double[] head() {
        if (config.get(llada ? "weight_tying" : "tie_word_embeddings").asBoolean()) {
            return embedding();
        }
        return tensor(llada ? "model.transformer.ff_out.weight" : "lm_head.weight");
    }

    double[] layer(int layer, String lladaName, String llamaName) {
        return tensor(prefix(layer) + (llada ? lladaName : name(llamaName)) + ".weight");
    }

    /** A layer's tensor that not every model or layer has. */
    Optional<double[]> layerIfPresent(int layer, String llamaName) {
        return Optional.ofNullable(tensors.get(prefix(layer) + name(llamaName)));
    }

    /**
     * The matrix of queries, keys or values; in LLaDA2 these share one, in this order.
     *
     * @param first number of the projection in a shared matrix
     * @param count of its numbers there
     */
    double[] projection(int layer, String name, int first, int count) {
        if (llada2) {
            double[] shared = tensor(prefix(layer) + "attention.query_key_value.weight");
            return Arrays.copyOfRange(shared, first, first + count);
        }
        return layer(layer, name, "self_attn." + name);
    }

    /** The bias of a projection; none where it has none. */
    double[] bias(int layer, String name, int width) {
        return layerIfPresent(layer, "self_attn." + name + ".bias").orElse(new double[width]);
    }

    private String name(String llamaName) {
        String own = llamaName.replace(".weight", "");
        return llada2 && LLADA2.containsKey(own) ? llamaName.replace(own, LLADA2.get(own)) : llamaName;
    }

    private String prefix(int layer) {
        return (llada ? "model.transformer.blocks." : "model.layers.") + layer + ".";
    }

    private double[] tensor(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }
}
