package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.BadInput.config;
import static dev.dllm4j.decoder.convert.BadInput.dream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Keys of config.json that change what a model computes, or may do so. */
final class BadKeys {
    private BadKeys() {}

    static Stream<BadInput> rotary() {
        return Stream.of(
                dream("linear", rope("linear", 4), "rope_parameters.rope_type is \"linear\"", "computes default only"),
                config("linear llada", rope("linear", 4), "rope_parameters.rope_type is \"linear\"", "default only"),
                dream("yarn", rope("yarn", 4), "rope_parameters.rope_type is \"yarn\""),
                dream("factor alone", rope("default", 4), "rope_parameters.factor is 4", "computes 1 only"),
                dream(
                        "old name of the type",
                        json -> json.putObject("rope_scaling").put("type", "dynamic"),
                        "rope_scaling.type is \"dynamic\""),
                dream(
                        "part of a head",
                        json -> json.putObject("rope_parameters").put("partial_rotary_factor", 0.5),
                        "rope_parameters.partial_rotary_factor is 0.5"),
                dream(
                        "by layer type",
                        json -> json.putObject("rope_parameters").putObject("full_attention"),
                        "rope_parameters.full_attention is {}",
                        "--ignore-config rope_parameters.full_attention"),
                dream(
                        "rope a list",
                        json -> json.putArray("rope_parameters").add(1),
                        "rope_parameters is [1]",
                        "object"),
                dream(
                        "half a head beside",
                        json -> json.put("partial_rotary_factor", 0.5),
                        "partial_rotary_factor is 0.5",
                        "computes 1 only"),
                dream("factor beside", json -> json.put("rope_scaling_factor", 2.0), "rope_scaling_factor is 2.0"),
                dream("no base", json -> json.remove("rope_theta"), "rope_theta is missing", "add it"),
                dream(
                        "no base inside",
                        json -> json.<ObjectNode>without("rope_theta")
                                .putObject("rope_parameters")
                                .put("rope_type", "default"),
                        "rope_parameters.rope_theta is missing"));
    }

    static Stream<BadInput> layers() {
        return Stream.of(
                dream(
                        "sliding layers",
                        json -> json.putArray("layer_types")
                                .add("full_attention")
                                .add("sliding_attention"),
                        "layer_types is",
                        "only layers of full_attention"),
                dream("wide heads", json -> json.put("head_dim", 24), "head_dim is 24", "computes 8 only"),
                dream("mrope", json -> json.put("use_mrope", true), "use_mrope is true"),
                dream(
                        "pruned",
                        json -> json.putObject("pruned_heads").putArray("0").add(1),
                        "pruned_heads is"),
                dream(
                        "quantised",
                        json -> json.putObject("quantization_config").put("bits", 4),
                        "quantization_config is {\"bits\":4}",
                        "F32, F16 and BF16"),
                config(
                        "quantised by mlx",
                        json -> json.putObject("quantization").put("bits", 4),
                        "quantised weights"));
    }

    static Stream<BadInput> unknown() {
        return Stream.of(
                config(
                        "an unknown key",
                        json -> json.put("clip_qkv", 8),
                        "clip_qkv is 8; what this key changes is not known here",
                        "--ignore-config clip_qkv"),
                dream(
                        "several",
                        json -> json.put("block_size", 32).put("logit_scale", 0.5),
                        "block_size is 32",
                        "unknown, too: logit_scale"),
                dream("one of llada's", json -> json.put("include_bias", false), "include_bias is false"),
                config("one of qwen's", json -> json.put("sliding_window", 4096), "sliding_window is 4096"),
                config("long and odd", json -> json.put("a\nb", "x".repeat(500)), "a b is \"xxx", "…"));
    }

    static Stream<BadInput> kinds() {
        return Stream.of(
                config(
                        "experts",
                        json -> json.<ObjectNode>without("d_model")
                                .put("hidden_size", 16)
                                .put("num_experts", 64),
                        "architectures is missing",
                        "experts (num_experts)",
                        "only LLaDAMoEModelLM is supported"),
                config(
                        "another class of experts",
                        json -> json.putArray("architectures").add("LLaDAMoEForCausalLM"),
                        "architectures is [\"LLaDAMoEForCausalLM\"]",
                        "only LLaDAMoEModelLM is supported"),
                config(
                        "llama-style",
                        json -> json.<ObjectNode>without("d_model").put("hidden_size", 16),
                        "keys and tensors of LLaMA",
                        "not supported"),
                config(
                        "another family",
                        json -> json.put("model_type", "mamba"),
                        "model_type is \"mamba\"",
                        "LLaDA",
                        "Dream",
                        "SDAR and TraDo",
                        "Fast-dLLM v2",
                        "a2d on Qwen3",
                        "ModernBERT"),
                config(
                        "another architecture",
                        json -> json.put("model_type", "mamba")
                                .putArray("architectures")
                                .add("MambaForCausalLM"),
                        "architectures is [\"MambaForCausalLM\"]",
                        "SDAR"));
    }

    /** Models that are known and not supported, by their names. */
    static Stream<BadInput> named() {
        return Stream.of(
                unsupported("SDARMoeForCausalLM", "sdar_moe", "SDAR-30B-A3B, a mixture of experts"),
                unsupported("RND1LM", "rnd1", "RND1, a mixture of experts"),
                unsupported("LlavaLLaDAModelLM", "llava_llada", "LLaDA-V, a model of images and text"),
                unsupported("DiffusionGemmaForBlockDiffusion", "diffusion_gemma", "DiffusionGemma, "),
                unsupported("NemotronLabsDiffusionModel", "nemotron_labs_diffusion", "Nemotron-Labs-Diffusion, "),
                unsupported("WeDLMForCausalLM", "wedlm", "WeDLM, "));
    }

    private static BadInput unsupported(String architecture, String type, String says) {
        return config(
                architecture,
                json -> json.put("model_type", type).putArray("architectures").add(architecture),
                "config.json describes " + says,
                "not supported yet",
                "LLaDA (dense",
                "choose such a checkpoint");
    }

    /** What families of block diffusion refuse. */
    static Stream<BadInput> blocks() {
        return Stream.of(
                as("sdar", json -> json.put("attention_bias", true), "attention_bias is true", "computes false only"),
                as("sdar", json -> json.put("block_size", 0), "block_size is 0", "positive whole number"),
                as("sdar", json -> json.put("block_size", "4"), "block_size is \"4\"", "positive whole number"),
                as("sdar", json -> json.put("num_experts", 128), "num_experts is 128", "SDAR with experts (30B-A3B)"),
                as("sdar", json -> json.put("use_sliding_window", true), "use_sliding_window is true"),
                as("sdar", json -> json.put("head_dim", 7), "rotated width is 7", "even"),
                as(
                        "sdar",
                        json -> json.putObject("rope_scaling")
                                .put("type", "yarn")
                                .put("factor", 4.0),
                        "rope_scaling.type is \"yarn\"",
                        "default only"),
                as(
                        "sdar",
                        json -> rope("yarn", 4).accept(json),
                        "rope_parameters.rope_type is \"yarn\"",
                        "default only"),
                as(
                        "fast_dllm_qwen",
                        json -> json.putObject("rope_scaling").put("rope_type", "dynamic"),
                        "rope_scaling.rope_type is \"dynamic\""),
                as("fast_dllm_qwen", json -> json.put("bd_size", -1), "bd_size is -1", "positive whole number"),
                as("fast_dllm_qwen", json -> json.put("block_size", 32), "block_size is 32", "not known here"),
                as(
                        "a2d-qwen3",
                        json -> {},
                        "config.json is the same for a model that sees everything (mdlm)",
                        "--family mdlm or --family bd3lm"),
                as("a2d-llama", json -> json.put("mlp_bias", true), "mlp_bias is true"),
                as("modernbert", json -> json.put("norm_bias", true), "norm_bias is true"),
                as("modernbert", json -> json.put("decoder_bias", false), "decoder_bias is false"),
                as(
                        "modernbert",
                        json -> json.putObject("rope_parameters")
                                .putObject("full_attention")
                                .put("rope_type", "linear"),
                        "full_attention.rope_type is \"linear\""),
                as(
                        "modernbert",
                        json -> json.putArray("layer_types")
                                .add("full_attention")
                                .add("full_attention")
                                .add("sliding_attention"),
                        "layer_types is",
                        "layers 0, 1, 2 and so on must be full_attention"),
                as("modernbert", json -> json.put("global_attn_every_n_layers", 0), "global_attn_every_n_layers is 0"),
                as(
                        "modernbert",
                        json -> json.put("local_attention", Integer.MAX_VALUE),
                        "reach is 1073741823; it must be within"),
                as("sdar", json -> json.put("block_size", -4), "block_size is -4"),
                as(
                        "sdar",
                        json -> json.put("block_size", Integer.MAX_VALUE),
                        "block length is 2147483647; it must be within"),
                as("sdar", json -> json.put("head_dim", 7), "rotated width is 7; it must be even"),
                as("fast_dllm_qwen", json -> json.put("bd_size", 0), "bd_size is 0"),
                config(
                        "blocks of unknown length",
                        json -> json.put("attention", "block_causal"),
                        "block_length is missing"),
                config(
                        "attention of another kind",
                        json -> json.put("attention", "causal"),
                        "attention is \"causal\""));
    }

    private static BadInput as(String type, Consumer<ObjectNode> change, String... says) {
        return dream(
                type + ": " + says[0],
                json -> {
                    json.put("model_type", type).put("norm_eps", 1e-5);
                    if (!type.equals("modernbert")) {
                        json.remove("norm_eps");
                    }
                    change.accept(json);
                },
                says);
    }

    private static Consumer<ObjectNode> rope(String type, int factor) {
        return json -> json.putObject("rope_parameters")
                .put("rope_type", type)
                .put("rope_theta", 1e6)
                .put("factor", factor);
    }
}
