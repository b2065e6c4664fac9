package dev.dllm4j.server.testing;

import java.util.List;
import java.util.stream.Stream;

/** The names of all fields that requests may have: of both endpoints, read or only taken. */
public final class RequestFields {
    /** Those that say something. */
    public static final List<String> READ = List.of(
            "model",
            "messages",
            "prompt",
            "suffix",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "top_k",
            "seed",
            "stop",
            "stream",
            "stream_options",
            "n",
            "logit_bias",
            "decoding");

    /** Those without effect, where they ask for nothing. */
    public static final List<String> IDLE = List.of(
            "add_generation_prompt",
            "add_special_tokens",
            "audio",
            "bad_words",
            "best_of",
            "cache_prompt",
            "chat_template_kwargs",
            "continue_final_message",
            "documents",
            "echo",
            "enable_thinking",
            "frequency_penalty",
            "function_call",
            "functions",
            "ignore_eos",
            "include_reasoning",
            "include_stop_str_in_output",
            "length_penalty",
            "logprobs",
            "metadata",
            "min_p",
            "min_tokens",
            "mirostat",
            "modalities",
            "n_probs",
            "parallel_tool_calls",
            "prediction",
            "presence_penalty",
            "priority",
            "prompt_cache_key",
            "prompt_cache_retention",
            "reasoning_effort",
            "repeat_penalty",
            "repetition_penalty",
            "request_id",
            "response_format",
            "return_token_ids",
            "return_tokens_as_token_ids",
            "safety_identifier",
            "service_tier",
            "session_id",
            "skip_special_tokens",
            "spaces_between_special_tokens",
            "stop_token_ids",
            "store",
            "thinking",
            "timings_per_token",
            "tool_choice",
            "tools",
            "top_logprobs",
            "typical_p",
            "use_beam_search",
            "user",
            "verbosity");

    public static final List<String> ALL =
            Stream.concat(READ.stream(), IDLE.stream()).toList();

    /** Of the {@code decoding} object; the first four hold specs. */
    public static final List<String> DECODING = List.of(
            "window",
            "strategy",
            "cache",
            "stop",
            "gen_length",
            "block_length",
            "steps",
            "temperature",
            "top_p",
            "top_k",
            "seed",
            "forbid_pads",
            "guidance",
            "canvas");

    private RequestFields() {}
}
