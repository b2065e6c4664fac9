package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.BadInput.WEIGHTS;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyFamilies;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** LLaDA-MoE and LLaDA2 with something wrong about their experts. */
final class BadExperts {
    private static final String GATE = "model.layers.1.mlp.experts.3.gate_proj.weight";

    private BadExperts() {}

    static Stream<BadInput> routers() {
        return Stream.of(
                moe(json -> json.put("num_experts_per_tok", 6), "num_experts_per_tok is 6", "num_experts is 5"),
                moe(json -> json.put("num_experts_per_tok", 0), "num_experts_per_tok is 0", "positive whole number"),
                moe(json -> json.remove("num_experts"), "num_experts is missing", "add it"),
                moe(json -> json.put("num_experts", 1_000_000), "1000000 experts", "at most 4096"),
                moe(
                        json -> json.put("num_experts", 4096)
                                .put("num_hidden_layers", 1000)
                                .remove("moe_layer_freq"),
                        "4096000 experts in 1000 layers",
                        "at most"),
                moe(json -> json.put("expert_intermediate_size", 1 << 30), "expertWidth is 1073741824", "at most"),
                moe(json -> json.put("expert_intermediate_size", 1 << 20), "active experts times their width"),
                moe(
                        json -> json.put("moe_router_enable_expert_bias", "yes"),
                        "moe_router_enable_expert_bias is \"yes\""),
                llada2(json -> json.put("n_group", 4), "4 groups of 6 experts", "equal"),
                llada2(json -> json.put("n_group", 6), "6 groups of 6 experts", "at least two each"),
                llada2(json -> json.put("topk_group", 4), "3 groups of experts and keeps 4"),
                llada2(json -> json.put("topk_group", 1), "3 experts, and the groups kept have 2"),
                llada2(json -> json.put("topk_group", 0), "topk_group is 0", "positive whole number"),
                llada2(json -> json.put("routed_scaling_factor", 0), "scale is 0.0; it must be positive"),
                llada2(json -> json.put("routed_scaling_factor", "2"), "routed_scaling_factor is \"2\""),
                llada2(json -> json.put("num_experts", 1_000_000), "1000000 experts", "at most 4096"),
                llada2(json -> json.put("expert_capacity", 48), "expert_capacity is 48", "LLaDA2.2"));
    }

    static Stream<BadInput> layers() {
        return Stream.of(
                moe(json -> json.putArray("moe_layer_freq").add(0).add(1), "moe_layer_freq is [0,1]", "the 3 layers"),
                moe(json -> marks(json, 1, 0, 1), "moe_layer_freq is [1,0,1]", "which the first may have"),
                moe(json -> marks(json, 0, 1, 2), "moe_layer_freq is [0,1,2]", "1 for experts or 0 for none"),
                moe(json -> json.put("moe_layer_freq", "all"), "moe_layer_freq is \"all\"", "list of whole numbers"),
                moe(json -> json.remove("dense_intermediate_size"), "dense_intermediate_size is missing", "add it"),
                moe(json -> json.put("qk_layernorm", false), "qk_layernorm is false", "computes true only"),
                moe(json -> json.put("attention_bias", true), "attention_bias is true"),
                moe(json -> json.put("clip_qkv", -1.5), "clip is -1.5; it must be positive"),
                moe(json -> json.put("partial_rotary_factor", 0.5), "partial_rotary_factor is 0.5", "an even number"),
                moe(json -> json.put("partial_rotary_factor", 0), "partial_rotary_factor is 0", "an even number"),
                moe(json -> json.put("head_dim", 10), "head_dim is 10", "computes 6 only"),
                moe(json -> json.put("n_group", 3), "n_group is 3", "not known here"),
                llada2(json -> json.put("first_k_dense_replace", -1), "first_k_dense_replace is -1"),
                llada2(json -> json.putArray("first_k_dense_replace").add(1), "first_k_dense_replace is [1]"),
                llada2(json -> json.put("num_shared_experts", -1), "num_shared_experts is -1"),
                llada2(json -> json.put("num_shared_experts", 2_000_000_000), "num_shared_experts is 2000000000"),
                llada2(json -> json.putArray("num_shared_experts"), "num_shared_experts is []"),
                llada2(json -> json.remove("intermediate_size"), "intermediate_size is missing", "add it"),
                llada2(json -> json.put("use_bias", true), "use_bias is true", "computes false only"),
                llada2(json -> json.put("use_qkv_bias", true), "use_qkv_bias is true"),
                llada2(json -> json.put("use_qk_norm", false), "use_qk_norm is false", "computes true only"),
                llada2(
                        json -> json.put("using_split_qkv_in_self_attention", true),
                        "using_split_qkv_in_self_attention"),
                llada2(json -> json.put("rope_scaling_factor", 2), "rope_scaling_factor is 2"),
                llada2(json -> json.put("moe_layer_freq", 1), "moe_layer_freq is 1", "not known here"));
    }

    static Stream<BadInput> tensors() {
        return Stream.of(
                moe("an expert missing", header -> rename(header, GATE), WEIGHTS + " has no tensor " + GATE, "experts"),
                moe(
                        "an expert of another shape",
                        header -> header.withObject(GATE)
                                .putArray("shape")
                                .add(12)
                                .add(33),
                        GATE + " has shape [12, 33]; config.json asks for [11, 36]"),
                moe(
                        "a router with fewer rows than experts",
                        header -> header.withObject("model.layers.1.mlp.gate.weight")
                                .putArray("shape")
                                .add(4)
                                .add(45),
                        "mlp.gate.weight has shape [4, 45]; config.json asks for [5, 36]"),
                moe(
                        "no router",
                        header -> rename(header, "model.layers.2.mlp.gate.weight"),
                        "has no tensor model.layers.2.mlp.gate.weight"),
                moe(
                        "no bias of a router",
                        header -> rename(header, "model.layers.1.mlp.expert_bias"),
                        "has no tensor model.layers.1.mlp.expert_bias"),
                moe(
                        "no shared part",
                        header -> rename(header, "model.layers.1.shared_expert.up_proj.weight"),
                        "has no tensor model.layers.1.shared_expert.up_proj.weight"),
                moe(
                        "no norms of heads",
                        header -> rename(header, "model.layers.1.self_attn.q_norm.weight"),
                        "has no tensor model.layers.1.self_attn.q_norm.weight"),
                config(
                        "more experts than the checkpoint has",
                        TinyFamilies::lladaMoe,
                        json -> json.put("num_experts", 6),
                        "gate.weight has shape [5, 36]; config.json asks for [6, 36]"),
                config(
                        "fewer experts than the checkpoint has",
                        TinyFamilies::lladaMoe,
                        json -> json.put("num_experts", 4),
                        "gate.weight has shape [5, 36]; config.json asks for [4, 36]"),
                config(
                        "a bias that config.json does not mention",
                        TinyFamilies::lladaMoe,
                        json -> json.put("moe_router_enable_expert_bias", false),
                        "mlp.expert_bias (2 such) has no place"),
                llada2(
                        "no bias of a router of LLaDA2",
                        header -> rename(header, "model.layers.1.mlp.gate.expert_bias"),
                        "has no tensor model.layers.1.mlp.gate.expert_bias"),
                llada2(
                        "a bias of one row",
                        header -> header.withObject("model.layers.1.mlp.gate.expert_bias")
                                .putArray("shape")
                                .add(1)
                                .add(6),
                        "expert_bias has shape [1, 6]; config.json asks for [6]"),
                llada2(
                        "queries without keys and values",
                        header -> header.withObject("model.layers.1.attention.query_key_value.weight")
                                .putArray("shape")
                                .add(60)
                                .add(72),
                        "query_key_value.weight has shape [60, 72]; config.json asks for [120, 36]"));
    }

    private static void rename(ObjectNode header, String tensor) {
        header.set("other", header.remove(tensor));
    }

    private static void marks(ObjectNode json, int... marks) {
        json.putArray("moe_layer_freq").add(marks[0]).add(marks[1]).add(marks[2]);
    }

    private static BadInput moe(Consumer<ObjectNode> change, String... says) {
        return config("LLaDA-MoE: " + says[0], TinyFamilies::lladaMoe, change, says);
    }

    private static BadInput llada2(Consumer<ObjectNode> change, String... says) {
        return config("LLaDA2: " + says[0], TinyFamilies::llada2, change, says);
    }

    private static BadInput moe(String name, Consumer<ObjectNode> header, String... says) {
        return header(name, TinyFamilies::lladaMoe, header, says);
    }

    private static BadInput llada2(String name, Consumer<ObjectNode> header, String... says) {
        return header(name, TinyFamilies::llada2, header, says);
    }

    private static BadInput config(
            String name, Consumer<Path> checkpoint, Consumer<ObjectNode> change, String... says) {
        return new BadInput(
                name,
                Shape.dream(),
                WeightType.F32,
                (in, out) -> {
                    checkpoint.accept(in);
                    JsonEdit.change(in.resolve("config.json"), change);
                },
                List.of(says));
    }

    private static BadInput header(
            String name, Consumer<Path> checkpoint, Consumer<ObjectNode> change, String... says) {
        return new BadInput(
                name,
                Shape.dream(),
                WeightType.F32,
                (in, out) -> {
                    checkpoint.accept(in);
                    Edit.header(in.resolve(WEIGHTS), change);
                },
                List.of(says));
    }
}
