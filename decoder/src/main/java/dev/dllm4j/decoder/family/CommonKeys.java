package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Keys of config.json that every family may have: what {@code PreTrainedConfig} of transformers 4.57 and 5.24 writes. */
final class CommonKeys {
    /** Where files and code come from, and in which type weights were saved, which the weights say themselves. */
    private static final Set<String> ORIGIN = Set.of(
            "_name_or_path",
            "_commit_hash",
            "architectures",
            "auto_map",
            "custom_pipelines",
            "dtype",
            "model_type",
            "tokenizer_class",
            "torch_dtype",
            "transformers_version",
            "unsloth_fixed",
            "unsloth_version");

    /** How a framework runs the model: kernels, what it returns and keeps, dropout and starting values in training. */
    private static final Set<String> RUNNING = Set.of(
            "_attn_implementation",
            "_attn_implementation_autoset",
            "attention_dropout",
            "attn_implementation",
            "chunk_size_feed_forward",
            "gradient_checkpointing",
            "initializer_range",
            "output_attentions",
            "output_hidden_states",
            "pretraining_tp",
            "return_dict",
            "tf_legacy_loss",
            "torchscript",
            "use_bfloat16",
            "use_cache");

    /** Of encoders with decoders, and of classifiers. */
    private static final Set<String> OTHER_TASKS = Set.of(
            "add_cross_attention",
            "cross_attention_hidden_size",
            "decoder_start_token_id",
            "finetuning_task",
            "id2label",
            "is_decoder",
            "label2id",
            "prefix",
            "problem_type",
            "task_specific_params",
            "tie_encoder_decoder");

    /** How another kind of model would be decoded; and tokens that the tokenizer and the template put where they go. */
    private static final Set<String> DECODING = Set.of(
            "bad_words_ids",
            "begin_suppress_tokens",
            "bos_token_id",
            "cls_token_id",
            "diversity_penalty",
            "do_sample",
            "early_stopping",
            "encoder_no_repeat_ngram_size",
            "exponential_decay_length_penalty",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "length_penalty",
            "max_length",
            "min_length",
            "no_repeat_ngram_size",
            "num_beam_groups",
            "num_beams",
            "num_return_sequences",
            "output_scores",
            "remove_invalid_values",
            "repetition_penalty",
            "return_dict_in_generate",
            "sep_token_id",
            "suppress_tokens",
            "temperature",
            "top_k",
            "top_p",
            "typical_p");

    private static final List<String> QUANTISATION =
            List.of("compression_config", "quantization", "quantization_config");

    private CommonKeys() {}

    /** Those that change no number of a forward, and the family's own. */
    static Set<String> inert(CheckpointFamily family) {
        Set<String> inert = new HashSet<>(family.inert());
        inert.addAll(ORIGIN);
        inert.addAll(RUNNING);
        inert.addAll(OTHER_TASKS);
        inert.addAll(DECODING);
        return inert;
    }

    /** Refuses what no family supports. */
    static void check(ConfigFile config) {
        for (String key : QUANTISATION) {
            config.requireAbsent(
                    key,
                    "quantised weights are not supported, F32, F16 and BF16 are",
                    "choose a checkpoint with such weights");
        }
        config.requireAbsent(
                "pruned_heads", "layers with fewer heads than others are not supported", "choose another checkpoint");
        config.requireIfPresent("is_encoder_decoder", false);
    }
}
