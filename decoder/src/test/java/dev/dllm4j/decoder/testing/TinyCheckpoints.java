package dev.dllm4j.decoder.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.convert.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Random checkpoints in Hugging Face layout, small enough to convert and decode within a test.
 *
 * <p>Weights follow from the seed and the tensor's name alone: two shapes that differ in layers or data type share what
 * they have in common. Matrices have a standard deviation of 1/sqrt(in), embeddings of 1; norms are 1. The tokenizer
 * knows the words t0, t1, …; its last two ids are {@code <|endoftext|>} and {@code <|mask|>}.
 */
public final class TinyCheckpoints {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TinyCheckpoints() {}

    /**
     * What a checkpoint looks like. The mask id is {@code vocabulary - 1}, end and padding are {@code vocabulary - 2}.
     *
     * @param type of every tensor in the checkpoint
     */
    public record Shape(
            Family family,
            int layers,
            int hidden,
            int heads,
            int kvHeads,
            int feedForward,
            int vocabulary,
            int context,
            boolean tied,
            DataType type,
            long seed) {

        /** Two LLaDA layers of width 16, two heads, an untied head, 32 tokens, float32. */
        public static Shape llada() {
            return new Shape(Family.LLADA, 2, 16, 2, 2, 24, 32, 64, false, DataType.F32, 1);
        }

        /** Two Dream layers of width 16, two query heads on one key head, an untied head, 32 tokens, float32. */
        public static Shape dream() {
            return new Shape(Family.DREAM, 2, 16, 2, 1, 24, 32, 64, false, DataType.F32, 1);
        }

        public Shape layers(int value) {
            return new Shape(family, value, hidden, heads, kvHeads, feedForward, vocabulary, context, tied, type, seed);
        }

        public Shape kvHeads(int value) {
            return new Shape(family, layers, hidden, heads, value, feedForward, vocabulary, context, tied, type, seed);
        }

        public Shape vocabulary(int value) {
            return new Shape(family, layers, hidden, heads, kvHeads, feedForward, value, context, tied, type, seed);
        }

        public Shape tied(boolean value) {
            return new Shape(
                    family, layers, hidden, heads, kvHeads, feedForward, vocabulary, context, value, type, seed);
        }

        public Shape type(DataType value) {
            return new Shape(
                    family, layers, hidden, heads, kvHeads, feedForward, vocabulary, context, tied, value, seed);
        }

        public Shape seed(long value) {
            return new Shape(
                    family, layers, hidden, heads, kvHeads, feedForward, vocabulary, context, tied, type, value);
        }

        public int maskToken() {
            return vocabulary - 1;
        }

        public int endToken() {
            return vocabulary - 2;
        }

        int kvWidth() {
            return hidden / heads * kvHeads;
        }
    }

    /** Writes config, weights and tokenizer into {@code folder}, which is created. */
    public static Path write(Path folder, Shape shape) {
        try {
            Files.createDirectories(folder);
            JSON.writeValue(folder.resolve("config.json").toFile(), config(shape));
            JSON.writeValue(folder.resolve("tokenizer.json").toFile(), tokenizer(shape));
            JSON.writeValue(folder.resolve("tokenizer_config.json").toFile(), tokenizerConfig());
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), shape.type(), tensors(shape));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode config(Shape shape) {
        ObjectNode config = shape.family() == Family.LLADA ? lladaConfig(shape) : dreamConfig(shape);
        config.put("mask_token_id", shape.maskToken());
        config.put("eos_token_id", shape.endToken());
        config.put("pad_token_id", shape.endToken());
        return config;
    }

    private static ObjectNode lladaConfig(Shape shape) {
        return JSON.createObjectNode()
                .put("model_type", "llada")
                .put("activation_type", "silu")
                .put("block_type", "llama")
                .put("layer_norm_type", "rms")
                .put("rope", true)
                .put("include_bias", false)
                .put("d_model", shape.hidden())
                .put("n_layers", shape.layers())
                .put("n_heads", shape.heads())
                .put("n_kv_heads", shape.kvHeads())
                .put("mlp_hidden_size", shape.feedForward())
                .put("vocab_size", shape.vocabulary())
                .put("embedding_size", shape.vocabulary())
                .put("max_sequence_length", shape.context())
                .put("rope_theta", 500_000.0)
                .put("rms_norm_eps", 1e-5)
                .put("weight_tying", shape.tied());
    }

    private static ObjectNode dreamConfig(Shape shape) {
        return JSON.createObjectNode()
                .put("model_type", "Dream")
                .put("hidden_act", "silu")
                .put("use_sliding_window", false)
                .put("hidden_size", shape.hidden())
                .put("num_hidden_layers", shape.layers())
                .put("num_attention_heads", shape.heads())
                .put("num_key_value_heads", shape.kvHeads())
                .put("intermediate_size", shape.feedForward())
                .put("vocab_size", shape.vocabulary())
                .put("max_position_embeddings", shape.context())
                .put("rope_theta", 1_000_000.0)
                .put("rms_norm_eps", 1e-6)
                .put("tie_word_embeddings", shape.tied());
    }

    private static List<SafeTensorsWriter.Tensor> tensors(Shape shape) {
        List<SafeTensorsWriter.Tensor> tensors = new ArrayList<>();
        boolean llada = shape.family() == Family.LLADA;
        for (int layer = 0; layer < shape.layers(); layer++) {
            if (llada) {
                addLladaLayer(tensors, shape, "model.transformer.blocks." + layer + ".");
            } else {
                addDreamLayer(tensors, shape, "model.layers." + layer + ".");
            }
        }
        int rows = shape.vocabulary();
        int width = shape.hidden();
        String embedding = llada ? "model.transformer.wte.weight" : "model.embed_tokens.weight";
        tensors.add(new SafeTensorsWriter.Tensor(embedding, List.of(rows, width), 0, 1, shape.seed()));
        tensors.add(norm(llada ? "model.transformer.ln_f.weight" : "model.norm.weight", shape));
        if (!shape.tied()) {
            tensors.add(matrix(llada ? "model.transformer.ff_out.weight" : "lm_head.weight", rows, width, shape));
        }
        return tensors;
    }

    private static void addLladaLayer(List<SafeTensorsWriter.Tensor> tensors, Shape shape, String prefix) {
        int width = shape.hidden();
        tensors.add(norm(prefix + "attn_norm.weight", shape));
        tensors.add(matrix(prefix + "q_proj.weight", width, width, shape));
        tensors.add(matrix(prefix + "k_proj.weight", shape.kvWidth(), width, shape));
        tensors.add(matrix(prefix + "v_proj.weight", shape.kvWidth(), width, shape));
        tensors.add(matrix(prefix + "attn_out.weight", width, width, shape));
        tensors.add(norm(prefix + "ff_norm.weight", shape));
        tensors.add(matrix(prefix + "ff_proj.weight", shape.feedForward(), width, shape));
        tensors.add(matrix(prefix + "up_proj.weight", shape.feedForward(), width, shape));
        tensors.add(matrix(prefix + "ff_out.weight", width, shape.feedForward(), shape));
    }

    private static void addDreamLayer(List<SafeTensorsWriter.Tensor> tensors, Shape shape, String prefix) {
        int width = shape.hidden();
        for (String name : List.of("q", "k", "v")) {
            String projection = prefix + "self_attn." + name + "_proj.";
            int rows = name.equals("q") ? width : shape.kvWidth();
            tensors.add(matrix(projection + "weight", rows, width, shape));
            tensors.add(new SafeTensorsWriter.Tensor(projection + "bias", List.of(rows), 0, 0.1, shape.seed()));
        }
        tensors.add(norm(prefix + "input_layernorm.weight", shape));
        tensors.add(matrix(prefix + "self_attn.o_proj.weight", width, width, shape));
        tensors.add(norm(prefix + "post_attention_layernorm.weight", shape));
        tensors.add(matrix(prefix + "mlp.gate_proj.weight", shape.feedForward(), width, shape));
        tensors.add(matrix(prefix + "mlp.up_proj.weight", shape.feedForward(), width, shape));
        tensors.add(matrix(prefix + "mlp.down_proj.weight", width, shape.feedForward(), shape));
    }

    private static SafeTensorsWriter.Tensor matrix(String name, int out, int in, Shape shape) {
        return new SafeTensorsWriter.Tensor(name, List.of(out, in), 0, 1 / Math.sqrt(in), shape.seed());
    }

    private static SafeTensorsWriter.Tensor norm(String name, Shape shape) {
        return new SafeTensorsWriter.Tensor(name, List.of(shape.hidden()), 1, 0, shape.seed());
    }

    private static ObjectNode tokenizer(Shape shape) {
        ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
        tokenizer.putNull("truncation").putNull("padding");
        Map<Integer, String> special = Map.of(shape.endToken(), "<|endoftext|>", shape.maskToken(), "<|mask|>");
        for (int id : new int[] {shape.endToken(), shape.maskToken()}) {
            ObjectNode added = tokenizer.withArray("added_tokens").addObject();
            added.put("id", id).put("content", special.get(id)).put("special", true);
            List.of("single_word", "lstrip", "rstrip", "normalized").forEach(flag -> added.put(flag, false));
        }
        tokenizer.putNull("normalizer").putObject("pre_tokenizer").put("type", "WhitespaceSplit");
        tokenizer.putNull("post_processor").putNull("decoder");
        ObjectNode model = tokenizer.putObject("model").put("type", "WordLevel").put("unk_token", "t0");
        ObjectNode words = model.putObject("vocab");
        for (int id = 0; id < shape.vocabulary(); id++) {
            words.put(special.getOrDefault(id, "t" + id), id);
        }
        return tokenizer;
    }

    private static ObjectNode tokenizerConfig() {
        return JSON.createObjectNode()
                .put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("eos_token", "<|endoftext|>")
                .put("pad_token", "<|endoftext|>")
                .put("mask_token", "<|mask|>")
                .put("chat_template", "{% for message in messages %}{{ message['content'] }} {% endfor %}");
    }
}
