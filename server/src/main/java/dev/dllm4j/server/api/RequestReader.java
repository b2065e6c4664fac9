package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.spec.Quote;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.server.api.GenerationRequest.Choice;
import dev.dllm4j.server.api.GenerationRequest.Shape;
import dev.dllm4j.server.api.GenerationRequest.Streaming;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Reads requests of <a href="https://platform.openai.com/docs/api-reference">OpenAI's interface</a>. Fields for things
 * that are not done here are taken where they ask for nothing, because ordinary clients send them; with any other value
 * the request is refused by the field's name.
 */
public final class RequestReader {
    private static final int MOST_CHOICES = 4;
    private static final int MOST_STOPS = 4;
    private static final int MOST_MESSAGES = 1000;
    /** Of what the tokenizer or the template says, which may quote the prompt. */
    private static final int LONGEST_REASON = 300;

    private static final Map<String, String> ROLES =
            Map.of("system", "system", "developer", "system", "user", "user", "assistant", "assistant");

    private final ModelCatalog models;
    private final RequestLimits limits;

    public RequestReader(ModelCatalog models, RequestLimits limits) {
        this.models = models;
        this.limits = limits;
    }

    /**
     * The model of a request's body, of which nothing else is read.
     *
     * @throws ApiError if it names none that is served
     */
    public ServedModel model(ObjectNode body) {
        return model(new Fields(body));
    }

    /**
     * Reads the body of a chat request.
     *
     * @throws ApiError at the first field that is not taken
     */
    public GenerationRequest chat(ObjectNode body) {
        Fields fields = new Fields(body);
        ServedModel model = model(fields);
        List<Message> messages = messages(fields.value("messages"));
        neutralEverywhere(fields);
        neutralInChats(fields);
        DecodingFields.Plan plan = fields(fields, model, DecodingConfig.DEFAULT).plan();
        int n = fields.integer("n", 1, MOST_CHOICES).orElse(1);
        List<String> stops = stops(fields.value("stop"));
        Streaming streaming = streaming(fields);
        fields.end();
        int[] prompt = prompt("messages", () -> {
            requireCharacters(
                    "messages",
                    messages.stream()
                            .mapToLong(message -> message.content().length())
                            .sum());
            return ids("messages", model.decoder().promptText(messages), model.decoder());
        });
        requireFit("messages", prompt, plan, model);
        return new GenerationRequest(
                Shape.CHAT,
                model,
                choices(prompt, plan, n),
                prompt.length,
                plan.maxTokens(),
                stops,
                streaming,
                warnings(model, List.of(prompt), messages.stream().map(Message::content)));
    }

    /**
     * Reads the body of a completion request.
     *
     * @throws ApiError at the first field that is not taken
     */
    public GenerationRequest completion(ObjectNode body) {
        Fields fields = new Fields(body);
        ServedModel model = model(fields);
        List<int[]> prompts = prompts(fields.value("prompt"), model.decoder());
        Optional<String> suffix = fields.text("suffix").filter(text -> !text.isEmpty());
        neutralEverywhere(fields);
        fields.neutral("echo", "false", value -> value.isBoolean() && !value.booleanValue());
        fields.neutral("best_of", "1", is(1));
        fields.neutral("logprobs", "null", value -> value.isBoolean() && !value.booleanValue());
        int[] suffixIds = prompt(
                "suffix",
                () -> suffix.map(text -> ids("suffix", text, model.decoder())).orElseGet(() -> new int[0]));
        DecodingFields.Plan plan = suffix.isPresent()
                ? fields(fields, model, DecodingConfig.INFILL).infill(suffixIds.length)
                : fields(fields, model, DecodingConfig.DEFAULT).plan();
        int n = fields.integer("n", 1, MOST_CHOICES).orElse(1);
        List<String> stops = stops(fields.value("stop"));
        Streaming streaming = streaming(fields);
        fields.end();
        if (prompts.size() * n > limits.choices()) {
            throw ApiError.field(
                    "prompt",
                    "prompt has " + prompts.size() + " prompts and n is " + n + "; one request takes "
                            + limits.choices() + " choices at most");
        }
        List<Choice> choices = new ArrayList<>();
        int promptTokens = 0;
        for (int[] prompt : prompts) {
            requireFit("prompt", prompt, plan, model);
            promptTokens += prompt.length;
            choices.addAll(
                    suffix.isPresent() ? infills(prompt, suffix.get(), suffixIds, plan, n) : choices(prompt, plan, n));
        }
        List<int[]> given = new ArrayList<>(prompts);
        given.add(suffixIds);
        Stream<String> texts = Stream.concat(texts(fields.value("prompt")), suffix.stream());
        return new GenerationRequest(
                Shape.COMPLETION,
                model,
                choices,
                promptTokens,
                plan.maxTokens(),
                stops,
                streaming,
                warnings(model, given, texts));
    }

    private static List<String> warnings(ServedModel model, List<int[]> prompts, Stream<String> texts) {
        return model.decoder().unknownWords().doubt(prompts, texts.toList()).stream()
                .toList();
    }

    private static Stream<String> texts(JsonNode prompt) {
        return prompt.isTextual()
                ? Stream.of(prompt.textValue())
                : StreamSupport.stream(prompt.spliterator(), false)
                        .filter(JsonNode::isTextual)
                        .map(JsonNode::textValue);
    }

    private ServedModel model(Fields fields) {
        return models.named(fields.text("model"));
    }

    private DecodingFields fields(Fields request, ServedModel model, DecodingConfig defaults) {
        return new DecodingFields(
                request, limits, defaults, model.decoder().spec().vocabulary());
    }

    private static List<Choice> choices(int[] prompt, DecodingFields.Plan plan, int n) {
        return drafted(prompt, plan.draft(), plan, n);
    }

    private static List<Choice> infills(int[] prompt, String suffix, int[] suffixIds, DecodingFields.Plan plan, int n) {
        return drafted(prompt, Draft.masks(plan.maxTokens()).thenText(suffix, suffixIds), plan, n);
    }

    /** Each choice draws with a seed of its own, the first with the one that is echoed. */
    private static List<Choice> drafted(int[] prompt, Draft draft, DecodingFields.Plan plan, int n) {
        List<Choice> choices = new ArrayList<>(n);
        Sampling sampling = plan.config().sampling();
        for (int index = 0; index < n; index++) {
            DecodingConfig own = plan.config().withSampling(sampling.withSeed(sampling.seed() + index));
            choices.add(new Choice(prompt, draft, own));
        }
        return choices;
    }

    private List<Message> messages(JsonNode value) {
        if (!value.isArray() || value.isEmpty() || value.size() > MOST_MESSAGES) {
            throw Fields.wrong("messages", value, "an array of 1 to " + MOST_MESSAGES + " messages");
        }
        List<Message> messages = new ArrayList<>(value.size());
        for (int index = 0; index < value.size(); index++) {
            messages.add(message("messages[" + index + "]", value.get(index)));
        }
        return messages;
    }

    private static Message message(String place, JsonNode value) {
        Fields fields = Fields.at(place, value);
        String given = fields.text("role").orElse("");
        String role = ROLES.get(given);
        if (role == null) {
            throw ApiError.field(
                    place + ".role",
                    place + ".role is \"" + ApiError.quote(given)
                            + "\"; it must be one of system, developer, user, assistant");
        }
        String content = content(place + ".content", fields.value("content"));
        fields.neutral("name", "no name", RequestReader::never);
        fields.neutral("refusal", "null", RequestReader::never);
        fields.neutral("audio", "null", RequestReader::never);
        fields.neutral("annotations", "[]", JsonNode::isEmpty);
        fields.neutral("tool_calls", "[]", value2 -> value2.isArray() && value2.isEmpty());
        fields.neutral("function_call", "null", RequestReader::never);
        fields.end();
        return new Message(role, content);
    }

    /** A string, or an array of parts that are text. */
    private static String content(String place, JsonNode value) {
        if (!value.isArray()) {
            return Fields.text(place, value);
        }
        StringBuilder content = new StringBuilder();
        for (int index = 0; index < value.size(); index++) {
            Fields part = Fields.at(place + "[" + index + "]", value.get(index));
            part.neutral("type", "\"text\"", type -> type.asText().equals("text"));
            content.append(Fields.text(part.name("text"), part.value("text")));
            part.end();
        }
        return content.toString();
    }

    /** A text, token ids, or an array of either. */
    private List<int[]> prompts(JsonNode value, Decoder decoder) {
        if (value.isTextual()) {
            return List.of(encode("prompt", value, decoder));
        }
        if (!value.isArray() || value.isEmpty()) {
            throw Fields.wrong("prompt", value, "a string, an array of token ids, or an array of either");
        }
        if (value.get(0).isNumber()) {
            return List.of(ids("prompt", value, decoder));
        }
        if (value.size() > limits.choices()) {
            throw ApiError.field(
                    "prompt", "prompt has " + value.size() + " prompts; one request takes " + limits.choices());
        }
        List<int[]> prompts = new ArrayList<>(value.size());
        for (int index = 0; index < value.size(); index++) {
            String place = "prompt[" + index + "]";
            JsonNode one = value.get(index);
            prompts.add(one.isArray() ? ids(place, one, decoder) : encode(place, one, decoder));
        }
        return prompts;
    }

    private int[] encode(String place, JsonNode value, Decoder decoder) {
        String text = Fields.text(place, value);
        return text.isEmpty() ? new int[0] : prompt(place, () -> ids(place, text, decoder));
    }

    /** Encodes a text that may have few enough tokens; one that has not is refused before the tokenizer sees it. */
    private int[] ids(String place, String text, Decoder decoder) {
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

    private static int[] ids(String place, JsonNode value, Decoder decoder) {
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

    private interface Encoding {
        int[] encode();
    }

    private static int[] prompt(String place, Encoding encoding) {
        try {
            return encoding.encode();
        } catch (IllegalArgumentException e) {
            throw ApiError.field(place, place + ": " + Quote.of(String.valueOf(e.getMessage()), LONGEST_REASON));
        }
    }

    private void requireFit(String place, int[] prompt, DecodingFields.Plan plan, ServedModel model) {
        if (prompt.length > limits.promptTokens()) {
            throw ApiError.tooLong(
                    place,
                    place + " has " + prompt.length + " tokens; the server takes " + limits.promptTokens()
                            + ", so shorten it");
        }
        int context = model.decoder().spec().context();
        if ((long) prompt.length + plan.config().genLength() > context) {
            throw ApiError.tooLong(
                    place,
                    place + " has " + prompt.length + " tokens and the canvas "
                            + plan.config().genLength() + "; together they must fit the model's context of " + context
                            + ", so shorten the prompt or max_tokens");
        }
    }

    private static List<String> stops(JsonNode value) {
        if (value.isMissingNode()) {
            return List.of();
        }
        if (value.isTextual()) {
            return List.of(stop("stop", value));
        }
        if (!value.isArray() || value.size() > MOST_STOPS) {
            throw Fields.wrong("stop", value, "a string, or an array of at most " + MOST_STOPS);
        }
        List<String> stops = new ArrayList<>(value.size());
        for (int index = 0; index < value.size(); index++) {
            stops.add(stop("stop[" + index + "]", value.get(index)));
        }
        return stops;
    }

    private static String stop(String place, JsonNode value) {
        String stop = Fields.text(place, value);
        if (stop.isEmpty()) {
            throw ApiError.field(place, place + " is \"\"; every text would end at once, so leave it out");
        }
        return stop;
    }

    private static Streaming streaming(Fields fields) {
        boolean on = fields.flag("stream").orElse(false);
        Optional<Fields> options = fields.object("stream_options");
        if (options.isEmpty()) {
            return new Streaming(on, false, false);
        }
        boolean usage = options.get().flag("include_usage").orElse(false);
        boolean canvas = options.get().flag("include_canvas").orElse(false);
        options.get().neutral("include_obfuscation", "false", value -> value.isBoolean() && !value.booleanValue());
        options.get().end();
        if (!on && (usage || canvas)) {
            throw ApiError.field(
                    "stream_options", "stream_options is given without stream; send stream true, or leave it out");
        }
        return new Streaming(on, usage, canvas);
    }

    private static void neutralEverywhere(Fields fields) {
        fields.text("user");
        fields.neutral("frequency_penalty", "0", is(0));
        fields.neutral("presence_penalty", "0", is(0));
    }

    private static void neutralInChats(Fields fields) {
        fields.text("safety_identifier");
        fields.text("prompt_cache_key");
        fields.neutral("logprobs", "false", value -> value.isBoolean() && !value.booleanValue());
        fields.neutral("top_logprobs", "0", is(0));
        fields.neutral("tools", "[]", value -> value.isArray() && value.isEmpty());
        fields.neutral("tool_choice", "\"none\"", oneOf("none", "auto"));
        fields.neutral("parallel_tool_calls", "false", JsonNode::isBoolean);
        fields.neutral("functions", "[]", value -> value.isArray() && value.isEmpty());
        fields.neutral("function_call", "\"none\"", oneOf("none", "auto"));
        fields.neutral(
                "response_format",
                "{\"type\":\"text\"}",
                value -> value.isObject()
                        && value.size() == 1
                        && value.path("type").asText().equals("text"));
        fields.neutral("store", "false", value -> value.isBoolean() && !value.booleanValue());
        fields.neutral("metadata", "{}", value -> value.isObject() && value.isEmpty());
        fields.neutral(
                "modalities",
                "[\"text\"]",
                value -> value.isArray()
                        && value.size() == 1
                        && value.get(0).asText().equals("text"));
        fields.neutral("service_tier", "\"auto\"", oneOf("auto", "default"));
        fields.neutral("reasoning_effort", "\"none\"", oneOf("none"));
        fields.neutral("verbosity", "\"medium\"", oneOf("medium"));
    }

    private static Predicate<JsonNode> is(int number) {
        return value -> value.isNumber() && value.doubleValue() == number;
    }

    private static Predicate<JsonNode> oneOf(String... words) {
        Set<String> known = Set.of(words);
        return value -> value.isTextual() && known.contains(value.textValue());
    }

    private static boolean never(JsonNode value) {
        return false;
    }
}
