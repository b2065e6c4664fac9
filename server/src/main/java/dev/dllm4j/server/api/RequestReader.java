package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.server.api.GenerationRequest.Choice;
import dev.dllm4j.server.api.GenerationRequest.Shape;
import dev.dllm4j.server.api.GenerationRequest.Streaming;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Reads requests of <a href="https://platform.openai.com/docs/api-reference">OpenAI's interface</a>. Fields for things
 * that are not done here are taken where they ask for nothing, because ordinary clients send them; with any other value
 * the request is refused by the field's name, or answered without it where the limits are lenient.
 */
public final class RequestReader {
    private static final int MOST_CHOICES = 4;
    /** OpenAI takes 4; evaluation harnesses send a task's and the model's end tokens. */
    private static final int MOST_STOPS = 16;

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
        return model(fields(body));
    }

    /**
     * Reads the body of a chat request.
     *
     * @throws ApiError at the first field that is not taken
     */
    public GenerationRequest chat(ObjectNode body) {
        Fields fields = fields(body);
        ServedModel model = model(fields);
        PromptReader prompts = new PromptReader(limits, model.decoder());
        List<Message> messages = MessageFields.read(fields);
        fields.harmless(HarmlessFields.EVERYWHERE);
        fields.harmless(HarmlessFields.CHATS);
        CanvasPlan plan = decoding(fields, model).plan();
        int n = fields.integer("n", 1, MOST_CHOICES).orElse(1);
        List<String> stops = stops(fields.value("stop"));
        Streaming streaming = streaming(fields);
        fields.end();
        int[] prompt = prompts.conversation(messages);
        CanvasPlan fitting = prompts.fitting("messages", prompt, plan, fields.warnings());
        warnOfUnknownWords(
                model, fields, "messages", List.of(prompt), messages.stream().map(Message::content));
        return new GenerationRequest(
                Shape.CHAT,
                model,
                choices(prompt, fitting, n),
                prompt.length,
                fitting.maxTokens(),
                stops,
                streaming,
                fields.warnings().all());
    }

    /**
     * Reads the body of a completion request.
     *
     * @throws ApiError at the first field that is not taken
     */
    public GenerationRequest completion(ObjectNode body) {
        Fields fields = fields(body);
        ServedModel model = model(fields);
        PromptReader reader = new PromptReader(limits, model.decoder());
        List<int[]> prompts = reader.prompts(fields.required("prompt"));
        Optional<String> suffix = fields.text("suffix").filter(text -> !text.isEmpty());
        fields.harmless(HarmlessFields.EVERYWHERE);
        fields.harmless(HarmlessFields.COMPLETIONS);
        int[] suffixIds = reader.text("suffix", suffix.orElse(""));
        CanvasPlan plan = suffix.isPresent()
                ? decoding(fields, model).infill(suffixIds.length)
                : decoding(fields, model).plan();
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
            CanvasPlan fitting = reader.fitting("prompt", prompt, plan, fields.warnings());
            promptTokens += prompt.length;
            choices.addAll(
                    suffix.isPresent()
                            ? infills(prompt, suffix.get(), suffixIds, fitting, n)
                            : choices(prompt, fitting, n));
        }
        List<int[]> given = new ArrayList<>(prompts);
        given.add(suffixIds);
        warnOfUnknownWords(
                model, fields, "prompt", given, Stream.concat(texts(fields.value("prompt")), suffix.stream()));
        return new GenerationRequest(
                Shape.COMPLETION,
                model,
                choices,
                promptTokens,
                plan.maxTokens(),
                stops,
                streaming,
                fields.warnings().all());
    }

    /** Says which words of a field's texts the model does not know. */
    private static void warnOfUnknownWords(
            ServedModel model, Fields fields, String field, List<int[]> prompts, Stream<String> texts) {
        model.decoder()
                .unknownWords()
                .doubt(prompts, texts.toList())
                .ifPresent(message -> fields.warnings().say(field, message));
    }

    private static Stream<String> texts(JsonNode prompt) {
        return prompt.isTextual()
                ? Stream.of(prompt.textValue())
                : StreamSupport.stream(prompt.spliterator(), false)
                        .filter(JsonNode::isTextual)
                        .map(JsonNode::textValue);
    }

    private Fields fields(ObjectNode body) {
        return new Fields(body, new Warnings(limits.lenient()));
    }

    private ServedModel model(Fields fields) {
        return models.named(fields.text("model"));
    }

    private DecodingFields decoding(Fields request, ServedModel model) {
        return new DecodingFields(request, limits, model.decoder());
    }

    private static List<Choice> choices(int[] prompt, CanvasPlan plan, int n) {
        return drafted(prompt, plan.draft(), plan, n);
    }

    private static List<Choice> infills(int[] prompt, String suffix, int[] suffixIds, CanvasPlan plan, int n) {
        return drafted(prompt, Draft.masks(plan.maxTokens()).thenText(suffix, suffixIds), plan, n);
    }

    /** Each choice draws with a seed of its own, the first with the one that is echoed. */
    private static List<Choice> drafted(int[] prompt, Draft draft, CanvasPlan plan, int n) {
        List<Choice> choices = new ArrayList<>(n);
        Sampling sampling = plan.config().sampling();
        for (int index = 0; index < n; index++) {
            DecodingConfig own = plan.config().withSampling(sampling.withSeed(sampling.seed() + index));
            choices.add(new Choice(prompt, draft, own));
        }
        return choices;
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
        options.get().harmless(HarmlessFields.STREAM_OPTIONS);
        options.get().end();
        if (!on && (usage || canvas)) {
            String reason = "stream_options is given without stream; ";
            fields.warnings()
                    .leaveAside(
                            "stream_options",
                            reason + "it was left aside",
                            () -> ApiError.field("stream_options", reason + "send stream true, or leave it out"));
        }
        return new Streaming(on, usage, canvas);
    }
}
