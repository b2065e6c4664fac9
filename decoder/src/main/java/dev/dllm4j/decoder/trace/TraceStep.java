package dev.dllm4j.decoder.trace;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One step of a recorded decoding.
 *
 * @param openLimit positions that could commit: as many of the open ones, leftmost first; empty for all
 * @param predictions of every demanded position that the forward predicted
 * @param absent demanded positions that the forward did not predict
 * @param takenBack positions that became masks again
 * @param edited tokens that gave way to others
 * @param held whether the open part stayed open because its tokens may be edited
 * @param truncated positions of the canvas behind the step, where it became shorter
 * @param frozen exclusive end of what is still decoded, where masks behind it were given up in this step
 */
record TraceStep(
        int step,
        OptionalInt openLimit,
        List<RecordedPrediction> predictions,
        List<Integer> absent,
        List<TracedCommit> committed,
        List<Integer> takenBack,
        List<TracedEdit> edited,
        boolean held,
        OptionalInt truncated,
        OptionalInt frozen) {
    /**
     * A mask that became a token.
     *
     * @param text of the token, for showing
     */
    record TracedCommit(int position, int token, float probability, String text) {
        static TracedCommit read(JsonNode json) {
            return new TracedCommit(
                    Fields.integer(json, "position"),
                    Fields.integer(json, "token"),
                    Fields.number(json, "probability"),
                    Fields.text(json, "text"));
        }

        Commit change() {
            return new Commit(position, token, probability);
        }

        void write(ObjectNode json) {
            json.put("position", position).put("token", token);
            json.put("probability", probability).put("text", text);
        }
    }

    /**
     * A committed token that gave way to another.
     *
     * @param old the token before
     * @param oldText of that, for showing
     * @param text of the new token, for showing
     */
    record TracedEdit(int position, int old, int token, float probability, String oldText, String text) {
        static TracedEdit read(JsonNode json) {
            return new TracedEdit(
                    Fields.integer(json, "position"),
                    Fields.integer(json, "old"),
                    Fields.integer(json, "token"),
                    Fields.number(json, "probability"),
                    Fields.text(json, "old_text"),
                    Fields.text(json, "text"));
        }

        Replace change() {
            return new Replace(position, old, token, probability);
        }

        void write(ObjectNode json) {
            json.put("position", position).put("old", old).put("token", token);
            json.put("probability", probability).put("old_text", oldText).put("text", text);
        }
    }

    TraceStep {
        predictions = List.copyOf(predictions);
        absent = List.copyOf(absent);
        committed = List.copyOf(committed);
        takenBack = List.copyOf(takenBack);
        edited = List.copyOf(edited);
    }

    /**
     * Reads a line.
     *
     * @param index of the line among those of steps
     * @throws IllegalArgumentException if it speaks of positions that the canvas does not have
     */
    static TraceStep read(JsonNode json, TraceHeader header, int index) {
        TraceStep step = read(json);
        if (step.step < 0 || step.step > index) {
            throw new IllegalArgumentException("has step " + step.step + "; it must be within 0 and " + index);
        }
        int length = header.length();
        step.predictions.forEach(prediction -> requirePosition("predictions", prediction.position(), length));
        step.committed.forEach(commit -> requirePosition("committed", commit.position(), length));
        step.absent.forEach(position -> requirePosition("absent", position, length));
        step.takenBack.forEach(position -> requirePosition("remasked", position, length));
        step.edited.forEach(edit -> requirePosition("edited", edit.position(), length));
        step.openLimit.ifPresent(limit -> requirePosition("open_limit", limit, length + 1));
        step.truncated.ifPresent(end -> requirePosition("truncated", end, length + 1));
        step.frozen.ifPresent(end -> requirePosition("frozen", end, length + 1));
        return step;
    }

    private static void requirePosition(String field, int position, int end) {
        if (position < 0 || position >= end) {
            throw new IllegalArgumentException(
                    "has " + position + " in " + field + "; it must be within 0 and " + (end - 1) + " on this canvas");
        }
    }

    private static TraceStep read(JsonNode json) {
        return new TraceStep(
                Fields.integer(json, "step"),
                Fields.optional(json, "open_limit"),
                Fields.list(json, "predictions", RecordedPrediction::read),
                Fields.integers(json, "absent"),
                Fields.list(json, "committed", TracedCommit::read),
                Fields.integers(json, "remasked"),
                json.has("edited") ? Fields.list(json, "edited", TracedEdit::read) : List.of(),
                json.has("held") && Fields.truth(json, "held"),
                Fields.optional(json, "truncated"),
                Fields.optional(json, "frozen"));
    }

    /**
     * @param rows positions that the forward's first layer computed
     * @param refreshedFrom first layer that computed every row; empty where none did
     */
    ObjectNode json(Positions rows, OptionalInt refreshedFrom) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("step", step);
        ArrayNode ranges = json.putArray("rows");
        for (int from = 0; from < rows.size(); ) {
            int to = from + 1;
            while (to < rows.size() && rows.get(to) == rows.get(to - 1) + 1) {
                to++;
            }
            ranges.addArray().add(rows.get(from)).add(rows.get(to - 1) + 1);
            from = to;
        }
        put(json, "refreshed_from_layer", refreshedFrom);
        put(json, "open_limit", openLimit);
        ArrayNode predicted = json.putArray("predictions");
        predictions.forEach(prediction -> prediction.write(predicted.addObject()));
        ArrayNode unseen = json.putArray("absent");
        absent.forEach(unseen::add);
        ArrayNode commits = json.putArray("committed");
        committed.forEach(commit -> commit.write(commits.addObject()));
        ArrayNode remasked = json.putArray("remasked");
        takenBack.forEach(remasked::add);
        ArrayNode edits = json.putArray("edited");
        edited.forEach(edit -> edit.write(edits.addObject()));
        json.put("held", held);
        put(json, "truncated", truncated);
        put(json, "frozen", frozen);
        return json;
    }

    private static void put(ObjectNode json, String field, OptionalInt value) {
        json.set(field, value.isPresent() ? json.numberNode(value.getAsInt()) : json.nullNode());
    }

    Optional<RecordedPrediction> at(int position) {
        return predictions.stream()
                .filter(prediction -> prediction.position() == position)
                .findFirst();
    }
}
