package dev.dllm4j.decoder.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * A run of an original's own sampler.
 *
 * @param prompt token ids
 * @param settings as the original names them
 * @param finalIds the whole canvas at the end
 * @param steps what each forward committed
 * @param edits tokens that each forward replaced
 * @param robust whether the same order came out in float64 and under noise on the logits
 * @param run the whole record of the run
 */
public record Trace(
        String name,
        List<Integer> prompt,
        JsonNode settings,
        int forwards,
        List<Integer> finalIds,
        List<List<Commit>> steps,
        List<List<Edit>> edits,
        boolean robust,
        JsonNode run) {

    /**
     * A commit.
     *
     * @param probability of the token under that forward's softmax in float64; NaN where none was recorded
     */
    public record Commit(int position, int token, double probability) {}

    /**
     * A committed token that gave way to another.
     *
     * @param probability of the new token under that forward's softmax in float64
     */
    public record Edit(int position, int old, int token, double probability) {}

    /** The same without forwards that committed nothing. */
    public Trace withoutEmptySteps() {
        return withSteps(index -> !steps.get(index).isEmpty());
    }

    /** The same without forwards of a kind. */
    public Trace without(String kind) {
        JsonNode recorded = run.get("steps");
        return withSteps(index -> !recorded.get(index).get("kind").asText().equals(kind));
    }

    /** The same with those forwards alone whose 0-based numbers are kept. */
    public Trace withSteps(IntPredicate kept) {
        int[] indices = IntStream.range(0, steps.size()).filter(kept).toArray();
        return new Trace(
                name,
                prompt,
                settings,
                indices.length,
                finalIds,
                IntStream.of(indices).mapToObj(steps::get).toList(),
                IntStream.of(indices).mapToObj(edits::get).toList(),
                robust,
                run);
    }

    /** The same with another end. */
    public Trace withFinalIds(List<Integer> ids) {
        return new Trace(name, prompt, settings, forwards, ids, steps, edits, robust, run);
    }

    /** The same on a canvas without its first positions. */
    public Trace withoutFirst(int positions) {
        List<List<Commit>> moved = steps.stream()
                .map(step -> step.stream()
                        .map(commit -> new Commit(commit.position() - positions, commit.token(), commit.probability()))
                        .toList())
                .toList();
        List<List<Edit>> movedEdits = edits.stream()
                .map(step -> step.stream()
                        .map(edit ->
                                new Edit(edit.position() - positions, edit.old(), edit.token(), edit.probability()))
                        .toList())
                .toList();
        List<Integer> ids = finalIds.subList(positions, finalIds.size());
        return new Trace(name, prompt, settings, forwards, ids, moved, movedEdits, robust, run);
    }

    /** Whether the run is marked as one of a kind. */
    public boolean marked(String flag) {
        return run.path(flag).asBoolean();
    }

    /** The checkpoint that a file's runs decoded with, as a path inside the golden folder. */
    public static String model(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile()).get("model").asText();
    }

    /** Every run of a file. */
    public static List<Trace> read(Path file) throws IOException {
        List<Trace> traces = new ArrayList<>();
        for (JsonNode run : new ObjectMapper().readTree(file.toFile()).get("runs")) {
            List<List<Commit>> steps = new ArrayList<>();
            List<List<Edit>> edits = new ArrayList<>();
            for (JsonNode step : run.get("steps")) {
                edits.add(StreamSupport.stream(step.path("edited").spliterator(), false)
                        .map(edit -> new Edit(
                                edit.get(0).asInt(),
                                edit.get(1).asInt(),
                                edit.get(2).asInt(),
                                edit.get(3).asDouble()))
                        .toList());
                steps.add(StreamSupport.stream(step.get("decoded").spliterator(), false)
                        .map(commit -> new Commit(
                                commit.get(0).asInt(),
                                commit.get(1).asInt(),
                                commit.get(2).isNull()
                                        ? Double.NaN
                                        : commit.get(2).asDouble()))
                        .toList());
            }
            traces.add(new Trace(
                    run.get("name").asText(),
                    integers(run.get("prompt_ids")),
                    run.get("settings"),
                    run.get("forwards").asInt(),
                    integers(run.get("final_ids")),
                    steps,
                    edits,
                    run.get("same_in_float64").asBoolean()
                            && run.get("same_under_logit_noise_2e-4").asBoolean(),
                    run));
        }
        return traces;
    }

    /** The ids of a JSON array. */
    public static List<Integer> integers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asInt)
                .toList();
    }
}
