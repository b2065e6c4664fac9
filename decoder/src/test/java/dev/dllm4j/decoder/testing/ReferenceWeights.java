package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.convert.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The numbers of a checkpoint, under one name for both architectures. */
final class ReferenceWeights {
    private final boolean llada;
    private final JsonNode config;
    private final Map<String, double[]> tensors = new HashMap<>();

    private ReferenceWeights(JsonNode config) {
        this.config = config;
        this.llada = config.get("model_type").asText().equals("llada");
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

    int count(String lladaField, String dreamField) {
        return config.get(llada ? lladaField : dreamField).asInt();
    }

    double real(String field) {
        return config.get(field).asDouble();
    }

    double[] embedding() {
        return tensor(llada ? "model.transformer.wte.weight" : "model.embed_tokens.weight");
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

    double[] layer(int layer, String lladaName, String dreamName) {
        return tensor(prefix(layer) + (llada ? lladaName : dreamName) + ".weight");
    }

    /** The bias of a projection; LLaDA's have none. */
    double[] bias(int layer, String name, int width) {
        return llada ? new double[width] : tensor(prefix(layer) + "self_attn." + name + ".bias");
    }

    private String prefix(int layer) {
        return (llada ? "model.transformer.blocks." : "model.layers.") + layer + ".";
    }

    private double[] tensor(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }
}
