package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether a server refuses a question because it does not fit the model's context. OpenAI and llama.cpp have a word for
 * that; vLLM, SGLang, Ollama, LM Studio, TGI and others say it in a sentence alone, each in its own and another one a
 * version.
 */
final class ContextError {
    private static final Set<String> WORDS =
            Set.of("context_length_exceeded", "exceed_context_size_error", "model_context_window_exceeded");
    private static final int MOST = 2000;

    /** What is limited, and that it is; neither says it alone. */
    private static final Pattern CONTEXT = Pattern.compile("context[ _-]?(length|size|window|limit)");

    private static final Pattern TOO_LONG = Pattern.compile(
            "exceed|longer than|larger than|too (long|large)|overflow|not enough|maximum|must be less|only \\d+|configured");

    private static final Pattern SENTENCE = Pattern.compile("(prompt|input|question|message)s? (is |are )?too long"
            + "|maximum (model|prompt|sequence|input) length"
            + "|maximum allowed input length"
            + "|max_(model|seq)_len"
            + "|exceeds (the )?max(imum)? length"
            + "|exceeds the maximum number of (input )?tokens"
            + "|exceeded model token limit"
            + "|range of input length should be"
            + "|`inputs` tokens \\+ `max_new_tokens` must be"
            + "|`inputs` must have less than");

    private ContextError() {}

    /** @param answer of a server, which may hold anything */
    static boolean in(JsonNode answer) {
        JsonNode error = answer.path("error");
        boolean named = Stream.of(error, answer)
                .flatMap(node -> Stream.of(node.path("code"), node.path("type")))
                .anyMatch(word -> WORDS.contains(word.asText()));
        String text = Stream.of(error.path("message"), error, answer.path("message"), answer.path("detail"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .map(said -> said.substring(0, Math.min(said.length(), MOST)))
                .collect(Collectors.joining(" "))
                .toLowerCase(Locale.ROOT);
        return named
                || SENTENCE.matcher(text).find()
                || (CONTEXT.matcher(text).find() && TOO_LONG.matcher(text).find());
    }
}
