package dev.dllm4j.decoder.trace;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.unmask.Plan;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a recorded decoding started from.
 *
 * @param prompt token ids
 * @param draft ids of the generation area, the mask token where it is a mask
 */
record TraceHeader(String modelHash, int maskToken, ObjectNode settings, List<Integer> prompt, Draft draft) {
    /** Positions of prompt and draft together: memory for them is taken on the file's word. */
    static final int MOST_POSITIONS = 1 << 17;

    private static final int FORMAT = 3;
    /** Without edits, which no strategy made then. */
    private static final int FORMAT_BEFORE = 2;

    TraceHeader {
        prompt = List.copyOf(prompt);
        requirePositions("prompt and generation area have", (long) prompt.size() + draft.length());
        prompt.forEach(token -> requireToken("prompt_ids", token));
        requireToken("mask_token", maskToken);
    }

    static TraceHeader of(Decoder decoder, Decoding decoding, ObjectNode settings) {
        int[] tokens = decoding.tokens();
        return new TraceHeader(
                decoder.modelHash(),
                decoder.spec().maskToken(),
                settings,
                IntStream.of(tokens).limit(decoding.promptLength()).boxed().toList(),
                decoding.draft());
    }

    static TraceHeader read(JsonNode json) {
        int format = Fields.integer(json, "format");
        if (format != FORMAT && format != FORMAT_BEFORE) {
            throw new IllegalArgumentException("has format " + format + ", and this version of dllm4j reads "
                    + FORMAT_BEFORE + " and " + FORMAT + "; record it again");
        }
        if (!(json.path("settings") instanceof ObjectNode settings)) {
            throw new IllegalArgumentException("has no settings");
        }
        Draft draft =
                json.hasNonNull("draft") ? draft(json.get("draft")) : masks(Fields.integer(settings, "gen_length"));
        return new TraceHeader(
                Fields.text(json, "model_hash"),
                Fields.integer(json, "mask_token"),
                settings,
                Fields.integers(json, "prompt_ids"),
                draft);
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT);
        json.put("model_hash", modelHash);
        json.put("mask_token", maskToken);
        json.set("settings", settings);
        ArrayNode ids = json.putArray("prompt_ids");
        prompt.forEach(ids::add);
        if (draft.hasText()) {
            ArrayNode places = json.putArray("draft");
            for (int place = 0; place < draft.length(); place++) {
                places.add(draft.fixed(place) ? json.numberNode(draft.token(place)) : json.nullNode());
            }
        }
        return json;
    }

    Window window() {
        return Window.parse(Fields.text(settings, "window"));
    }

    String strategy() {
        return Fields.text(settings, "strategy");
    }

    String stop() {
        return Fields.text(settings, "stop");
    }

    Plan plan() {
        return Plan.of(window(), draft.length(), Fields.integer(settings, "steps"));
    }

    long seed() {
        return settings.path("seed").longValue();
    }

    /** Whether the best tokens were proposed, as they are recorded. */
    boolean plain() {
        return Fields.number(settings, "temperature") == 0
                && Fields.integer(settings, "top_k") == 0
                && Fields.number(settings, "top_p") == 1;
    }

    /** Positions of prompt and generation area. */
    int length() {
        return prompt.size() + draft.length();
    }

    private static Draft masks(int length) {
        requirePositions("settings have gen_length", length);
        return Draft.masks(length);
    }

    private static Draft draft(JsonNode places) {
        requirePositions("the draft has", places.size());
        int[] tokens = new int[places.size()];
        BitSet fixed = new BitSet();
        for (int place = 0; place < tokens.length; place++) {
            if (!places.get(place).isNull()) {
                tokens[place] = places.get(place).asInt(-1);
                requireToken("draft", tokens[place]);
                fixed.set(place);
            }
        }
        return Draft.of(tokens, fixed);
    }

    private static void requirePositions(String what, long positions) {
        if (positions < 1 || positions > MOST_POSITIONS) {
            throw new IllegalArgumentException(
                    what + " " + positions + " positions; a trace has 1 to " + MOST_POSITIONS);
        }
    }

    private static void requireToken(String field, int token) {
        if (token < 0) {
            throw new IllegalArgumentException("has " + token + " in " + field + "; it must be a token id, 0 or more");
        }
    }
}
