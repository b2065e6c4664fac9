package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.text.Message;
import java.util.ArrayList;
import java.util.List;

/** From what a request says to token ids of one model, within what the server and the model take. */
final class PromptReader {
    /** Of what the tokenizer or the template says, which may quote the prompt. */
    private static final int LONGEST_REASON = 300;

    private final RequestLimits limits;
    private final Decoder decoder;

    PromptReader(RequestLimits limits, Decoder decoder) {
        this.limits = limits;
        this.decoder = decoder;
    }

    /** The ids of a conversation, by the model's template. */
    int[] conversation(List<Message> messages) {
        return encoded("messages", () -> {
            requireCharacters(
                    "messages",
                    messages.stream()
                            .mapToLong(message -> message.content().length())
                            .sum());
            return ids("messages", decoder.promptText(messages));
        });
    }

    /** The ids of a text; none of an empty one. */
    int[] text(String place, String text) {
        return text.isEmpty() ? new int[0] : encoded(place, () -> ids(place, text));
    }

    /** A text, token ids, or an array of either. */
    List<int[]> prompts(JsonNode value) {
        if (value.isTextual()) {
            return List.of(text("prompt", Fields.text("prompt", value)));
        }
        if (!value.isArray() || value.isEmpty()) {
            throw Fields.wrong("prompt", value, "a string, an array of token ids, or an array of either");
        }
        if (value.get(0).isNumber()) {
            return List.of(ids("prompt", value));
        }
        if (value.size() > limits.choices()) {
            throw ApiError.field(
                    "prompt", "prompt has " + value.size() + " prompts; one request takes " + limits.choices());
        }
        List<int[]> prompts = new ArrayList<>(value.size());
        for (int index = 0; index < value.size(); index++) {
            String place = "prompt[" + index + "]";
            JsonNode one = value.get(index);
            prompts.add(one.isArray() ? ids(place, one) : text(place, Fields.text(place, one)));
        }
        return prompts;
    }

    private interface Encoding {
        int[] encode();
    }

    private static int[] encoded(String place, Encoding encoding) {
        try {
            return encoding.encode();
        } catch (IllegalArgumentException e) {
            throw ApiError.field(place, place + ": " + Quote.of(String.valueOf(e.getMessage()), LONGEST_REASON));
        }
    }

    /** Encodes a text that may have few enough tokens; one that has not is refused before the tokenizer sees it. */
    private int[] ids(String place, String text) {
        requireCharacters(place, text.length());
        int fewest = decoder.tokenizer().fewestTokens(text);
        if (fewest > limits.promptTokens()) {
            throw ApiError.tooLong(
                    place,
                    place + " has " + fewest + " tokens or more; the server takes " + limits.promptTokens()
                            + ", so shorten it");
        }
        int context = decoder.spec().context();
        if (fewest > context) {
            throw ApiError.tooLong(
                    place,
                    place + " has " + fewest + " tokens or more; the model's context is " + context
                            + ", so shorten it");
        }
        return decoder.encode(text);
    }

    private void requireCharacters(String place, long characters) {
        if (characters > limits.promptCharacters()) {
            throw ApiError.tooLong(
                    place,
                    place + " has " + characters + " characters; the server takes " + limits.promptCharacters()
                            + ", so shorten it");
        }
    }

    private int[] ids(String place, JsonNode value) {
        int[] ids = new int[value.size()];
        int vocabulary = decoder.spec().vocabulary();
        for (int index = 0; index < ids.length; index++) {
            JsonNode id = value.get(index);
            if (!id.isInt() || id.intValue() < 0 || id.intValue() >= vocabulary) {
                throw Fields.wrong(place + "[" + index + "]", id, "a token id within [0, " + (vocabulary - 1) + "]");
            }
            ids[index] = id.intValue();
        }
        return ids;
    }

    /**
     * The plan for what follows a prompt: a shorter one where the model's context has no room for the whole, and that
     * may be.
     *
     * @throws ApiError if they do not fit
     */
    CanvasPlan fitting(String place, int[] prompt, CanvasPlan plan, Warnings warnings) {
        if (prompt.length > limits.promptTokens()) {
            throw ApiError.tooLong(
                    place,
                    place + " has " + prompt.length + " tokens; the server takes " + limits.promptTokens()
                            + ", so shorten it");
        }
        int context = decoder.spec().context();
        CanvasPlan fitting = shortened(plan, context - prompt.length);
        int canvas = fitting.config().genLength();
        if ((long) prompt.length + canvas > context) {
            throw ApiError.tooLong(
                    place,
                    place + " has " + prompt.length + " tokens and the canvas " + canvas
                            + "; together they must fit the model's context of " + context
                            + ", so shorten the prompt or "
                            + plan.lengthField().orElse("send a smaller max_tokens"));
        }
        if (!fitting.equals(plan)) {
            plan.lengthField()
                    .ifPresent(field -> warnings.say(
                            field,
                            field + " asks for more than the model's context of " + context
                                    + " has room for after the prompt; the canvas is " + canvas
                                    + ", so the text may end there"));
        }
        return fitting;
    }

    private static CanvasPlan shortened(CanvasPlan plan, int room) {
        try {
            return plan.within(room);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw ApiError.field("decoding", String.valueOf(e.getMessage()));
        }
    }
}
