package dev.dllm4j.server.api;

import static dev.dllm4j.server.api.Harmless.Value.ENTRIES;
import static dev.dllm4j.server.api.Harmless.Value.FALSE;
import static dev.dllm4j.server.api.Harmless.Value.FLAG;
import static dev.dllm4j.server.api.Harmless.Value.NO_ELEMENTS;
import static dev.dllm4j.server.api.Harmless.Value.NO_FIELDS;
import static dev.dllm4j.server.api.Harmless.Value.NULL;
import static dev.dllm4j.server.api.Harmless.Value.TEXT;
import static dev.dllm4j.server.api.Harmless.Value.TRUE;
import static dev.dllm4j.server.api.Harmless.Value.listOf;
import static dev.dllm4j.server.api.Harmless.Value.number;
import static dev.dllm4j.server.api.Harmless.Value.oneOf;
import static dev.dllm4j.server.api.Harmless.Value.typed;
import static dev.dllm4j.server.api.Harmless.binding;
import static dev.dllm4j.server.api.Harmless.only;

import java.util.List;

/**
 * Fields that do nothing here, of <a href="https://platform.openai.com/docs/api-reference/chat/create">OpenAI's</a>
 * interface and of what vLLM and llama.cpp add to it, as their clients send them without being asked. docs/serving.md has
 * the same table.
 */
final class HarmlessFields {
    static final String NO_TOOLS =
            "tools are not supported, so leave out the turns that call them and those that answer";

    /** Of both endpoints. */
    static final List<Harmless> EVERYWHERE = List.of(
            only("user", TEXT),
            only("safety_identifier", TEXT),
            only("prompt_cache_key", TEXT),
            only("prompt_cache_retention", TEXT),
            only("request_id", TEXT),
            only("session_id", TEXT),
            only("metadata", ENTRIES),
            only("store", FLAG),
            only("service_tier", oneOf("auto", "default", "flex", "scale", "priority", "fast")),
            only("frequency_penalty", number(0)),
            only("presence_penalty", number(0)),
            only("repetition_penalty", number(1)),
            only("repeat_penalty", number(1)),
            only("length_penalty", number(1)),
            only("min_p", number(0)),
            only("typical_p", number(1)),
            only("mirostat", number(0)),
            only("min_tokens", number(0)),
            only("priority", number(0)),
            only("ignore_eos", FALSE),
            only("use_beam_search", FALSE),
            only("stop_token_ids", NO_ELEMENTS),
            only("bad_words", NO_ELEMENTS),
            only("cache_prompt", FLAG),
            only("spaces_between_special_tokens", FLAG),
            only("skip_special_tokens", TRUE),
            binding("include_stop_str_in_output", FALSE),
            binding("return_token_ids", FALSE),
            binding("return_tokens_as_token_ids", FALSE),
            binding("timings_per_token", FALSE),
            binding("n_probs", number(0)),
            binding("echo", FALSE),
            binding("logprobs", FALSE));

    static final List<Harmless> CHATS = List.of(
            only("reasoning_effort", oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max")),
            only("verbosity", oneOf("medium", "low", "high")),
            only("include_reasoning", FLAG),
            only("enable_thinking", FALSE),
            only("thinking", typed("disabled")),
            only("chat_template_kwargs", NO_FIELDS),
            only("parallel_tool_calls", FLAG),
            only("prediction", NULL),
            only("add_special_tokens", FALSE),
            only("add_generation_prompt", TRUE),
            binding("continue_final_message", FALSE),
            binding("documents", NO_ELEMENTS),
            binding("top_logprobs", number(0)),
            binding("tools", NO_ELEMENTS),
            binding("tool_choice", oneOf("none", "auto")),
            binding("functions", NO_ELEMENTS),
            binding("function_call", oneOf("none", "auto")),
            binding("response_format", typed("text")),
            binding("modalities", listOf("text")),
            binding("audio", NULL));

    static final List<Harmless> COMPLETIONS = List.of(only("best_of", number(1)), only("add_special_tokens", TRUE));

    /** Of a message, whoever wrote it: clients send answers back with all that they came with. */
    static final List<Harmless> MESSAGES = List.of(
            only("type", oneOf("text", "message")),
            only("id", TEXT),
            only("name", TEXT),
            only("reasoning", oneOf("")),
            only("reasoning_content", oneOf("")),
            only("annotations", NO_ELEMENTS),
            only("prefix", FALSE),
            only("partial", FALSE),
            only("cache_control", ENTRIES),
            binding("images", NO_ELEMENTS),
            binding("audio", NULL),
            binding("refusal", NULL),
            binding("tool_calls", NO_ELEMENTS, NO_TOOLS),
            binding("function_call", NULL, NO_TOOLS),
            binding("tool_call_id", NULL));

    /** Of a part of a message's content. */
    static final List<Harmless> PARTS =
            List.of(only("cache_control", ENTRIES), only("prompt_cache_breakpoint", ENTRIES));

    static final List<Harmless> STREAM_OPTIONS =
            List.of(only("include_obfuscation", FALSE), binding("continuous_usage_stats", FALSE));

    private HarmlessFields() {}
}
