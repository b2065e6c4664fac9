package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.Work;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.text.TokenPieces;
import dev.dllm4j.server.api.GenerationRequest.Shape;
import dev.dllm4j.server.text.ChoiceText;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The JSON objects of one request's answer. Immutable. */
public final class Responses {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final GenerationRequest request;
    private final DecodingConfig config;
    private final boolean chat;
    private final TokenPieces pieces;
    private final String id;
    private final long created;

    /**
     * What one choice came to.
     *
     * @param work of its sequence
     */
    public record ChoiceResult(ChoiceText.Result result, Work work) {}

    /** @param config as the first sequence runs with it */
    public Responses(GenerationRequest request, DecodingConfig config) {
        this.request = request;
        this.config = config;
        pieces = request.pieces();
        chat = request.shape() == Shape.CHAT;
        id = (chat ? "chatcmpl-" : "cmpl-") + uniqueDigits();
        created = Instant.now().getEpochSecond();
    }

    /** Unlikely to occur twice, but no secret: a client names its own answer by it. */
    private static String uniqueDigits() {
        HexFormat hex = HexFormat.of();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
    }

    /** The answer in one piece, with the settings it was decoded with and the work it took. */
    public ObjectNode whole(List<ChoiceResult> results) {
        ObjectNode json = head(chat ? "chat.completion" : "text_completion");
        ArrayNode choices = json.putArray("choices");
        for (int index = 0; index < results.size(); index++) {
            ChoiceText.Result result = results.get(index).result();
            ObjectNode choice = choices.addObject().put("index", index);
            if (chat) {
                choice.putObject("message")
                        .put("role", "assistant")
                        .put("content", result.text())
                        .putNull("refusal");
            } else {
                choice.put("text", result.text());
            }
            choice.putNull("logprobs").put("finish_reason", AnswerJson.name(result.finishReason()));
        }
        json.set("usage", usage(results));
        json.set("settings", settings());
        return warned(json);
    }

    /** The first piece of a choice's answer. */
    public ObjectNode opening(int index) {
        return chunk(index, chat ? JSON.objectNode().put("role", "assistant").put("content", "") : null, "", null);
    }

    /** A piece of a choice's text. */
    public ObjectNode delta(int index, String text) {
        return chunk(index, JSON.objectNode().put("content", text), text, null);
    }

    /**
     * The last piece of a choice's answer.
     *
     * @param last whether no piece follows it; the last has the warnings
     */
    public ObjectNode closing(int index, FinishReason reason, boolean last) {
        ObjectNode piece = chunk(index, JSON.objectNode(), "", AnswerJson.name(reason));
        return last ? warned(piece) : piece;
    }

    /** The piece that says what the whole answer cost. */
    public ObjectNode usageChunk(List<ChoiceResult> results) {
        ObjectNode json = chunk();
        json.putArray("choices");
        json.set("usage", usage(results));
        json.set("settings", settings());
        return warned(json);
    }

    /** With what was not honoured as it was sent, if anything. */
    private ObjectNode warned(ObjectNode json) {
        if (!request.warnings().isEmpty()) {
            ArrayNode warnings = json.putArray("warnings");
            request.warnings()
                    .forEach(warning ->
                            warnings.addObject().put("param", warning.param()).put("message", warning.message()));
        }
        return json;
    }

    /** What a canvas starts as. */
    public ObjectNode canvasStart(int index, Decoding decoding) {
        ObjectNode json = JSON.objectNode()
                .put("type", "start")
                .put("index", index)
                .put("prompt_length", decoding.promptLength())
                .put("length", decoding.draft().pieceEnd(decoding.promptLength(), decoding.promptLength()))
                .put("layers", request.model().decoder().spec().layers());
        ArrayNode fixed = json.putArray("fixed");
        for (int place = 0; place < decoding.draft().length(); place++) {
            if (decoding.draft().fixed(place)) {
                int token = decoding.draft().token(place);
                fixed.addObject()
                        .put("position", decoding.promptLength() + place)
                        .put("token", token)
                        .put("text", pieces.of(token));
            }
        }
        json.set("settings", settings());
        return canvas(json);
    }

    /** What a step did to a canvas. Positions count from the beginning of the prompt. */
    public ObjectNode canvasStep(int index, StepReport report) {
        ObjectNode json = JSON.objectNode()
                .put("type", "step")
                .put("index", index)
                .put("step", report.step())
                .put("length", report.length())
                .put("settled_end", report.settledEnd())
                .put("refreshed_from", report.refreshedFrom())
                .put("rows_computed", report.work().rowsComputed())
                .put("rows_full", report.work().rowsFull());
        ArrayNode commits = json.putArray("commits");
        for (Commit commit : report.commits()) {
            commits.addObject()
                    .put("position", commit.position())
                    .put("token", commit.token())
                    .put("text", pieces.of(commit.token()))
                    .put("probability", commit.probability());
        }
        ArrayNode takenBack = json.putArray("taken_back");
        report.takenBack().forEach(takenBack::add);
        ArrayNode edits = json.putArray("edits");
        for (Replace edit : report.edits()) {
            edits.addObject()
                    .put("position", edit.position())
                    .put("old", edit.old())
                    .put("old_text", pieces.of(edit.old()))
                    .put("token", edit.token())
                    .put("text", pieces.of(edit.token()))
                    .put("probability", edit.probability());
        }
        return canvas(json);
    }

    /** What a canvas came to. Goes before the closing piece of its choice, which may be the last piece of all. */
    public ObjectNode canvasDone(int index, ChoiceResult result) {
        ObjectNode json = JSON.objectNode().put("type", "done").put("index", index);
        json.put("finish_reason", AnswerJson.name(result.result().finishReason()));
        json.set("usage", usage(List.of(result)));
        return canvas(json);
    }

    /**
     * A piece that tells of a canvas. Clients read every event as a piece of the answer, whatever its name, so it is one,
     * of no choice.
     */
    private ObjectNode canvas(ObjectNode told) {
        ObjectNode json = chunk();
        json.putArray("choices");
        if (request.streaming().usage()) {
            json.putNull("usage");
        }
        json.set("canvas", told);
        return json;
    }

    /** The list of what is served. */
    public static ObjectNode models(List<ServedModel> models) {
        ObjectNode json = JSON.objectNode().put("object", "list");
        ArrayNode data = json.putArray("data");
        models.forEach(model -> data.add(model(model)));
        return json;
    }

    /** One model, with what a client may want to know before it asks. */
    public static ObjectNode model(ServedModel model) {
        ObjectNode json = JSON.objectNode()
                .put("id", model.id())
                .put("object", "model")
                .put("created", model.created().getEpochSecond())
                .put("owned_by", "dllm4j");
        json.put("context_length", model.decoder().spec().context());
        json.put("layers", model.decoder().spec().layers());
        json.put("hash", model.decoder().modelHash());
        json.set(
                "defaults",
                AnswerJson.settings(
                        model.id(),
                        model.decoder().recipe(),
                        model.runtime(),
                        model.decoder().cache().budgetBytes()));
        return json;
    }

    private ObjectNode head(String object) {
        return JSON.objectNode()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", request.model().id())
                .put("system_fingerprint", request.model().decoder().modelHash());
    }

    private ObjectNode chunk() {
        return head(chat ? "chat.completion.chunk" : "text_completion");
    }

    private ObjectNode chunk(int index, @Nullable ObjectNode delta, String text, @Nullable String finishReason) {
        ObjectNode json = chunk();
        ObjectNode choice = json.putArray("choices").addObject().put("index", index);
        if (chat) {
            choice.set("delta", delta);
        } else {
            choice.put("text", text);
        }
        choice.putNull("logprobs").put("finish_reason", finishReason);
        if (request.streaming().usage()) {
            json.putNull("usage");
        }
        return json;
    }

    private ObjectNode settings() {
        ObjectNode settings = AnswerJson.settings(
                request.model().id(),
                config,
                request.model().runtime(),
                request.model().decoder().cache().budgetBytes());
        return request.grows() ? settings.put("canvas", "grow") : settings;
    }

    /** Of all choices together; each prompt counts once. */
    private ObjectNode usage(List<ChoiceResult> results) {
        int completionTokens =
                results.stream().mapToInt(each -> each.result().tokens()).sum();
        return AnswerJson.usage(new Answer(
                "",
                List.of(),
                FinishReason.STOP,
                request.promptTokens(),
                completionTokens,
                config,
                results.stream().map(ChoiceResult::work).reduce(Responses::sum).orElseThrow()));
    }

    /** The choices are decoded side by side, so that together they took what the longest took. */
    private static Work sum(Work one, Work other) {
        return new Work(
                one.forwards() + other.forwards(),
                one.rowsComputed() + other.rowsComputed(),
                one.rowsFull() + other.rowsFull(),
                IntStream.range(0, one.refreshes().size())
                        .mapToObj(layer ->
                                one.refreshes().get(layer) + other.refreshes().get(layer))
                        .toList(),
                one.prefixRows() + other.prefixRows(),
                one.prefixRefusals() + other.prefixRefusals(),
                one.modelNanos() + other.modelNanos(),
                one.selectNanos() + other.selectNanos(),
                Math.max(one.totalNanos(), other.totalNanos()));
    }
}
