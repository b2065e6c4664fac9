package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run of {@link Evaluation} wrote.
 *
 * @param correct whether an item was right, by its id and question
 */
public record ResultFolder(Path path, Map<String, Boolean> correct, long forwards, long tokens) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    public ResultFolder {
        correct = Collections.unmodifiableMap(new LinkedHashMap<>(correct));
    }

    /**
     * Reads a folder.
     *
     * @throws IllegalArgumentException where it holds no finished items
     */
    public static ResultFolder read(Path folder) {
        Path file = folder.resolve("items.jsonl");
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    folder + " has no items.jsonl; name a folder that 'dllm4j eval --out' wrote, or one in it");
        }
        Map<String, Boolean> correct = new LinkedHashMap<>();
        long forwards = 0;
        long tokens = 0;
        List<String> lines = lines(file);
        for (int number = 1; number <= lines.size(); number++) {
            JsonNode item = item(file, number, lines.get(number - 1));
            correct.put(
                    item.path("id").asText() + " "
                            + item.path("question_sha256").asText(),
                    item.path("correct").booleanValue());
            forwards += item.path("usage").path("work").path("forwards").longValue();
            tokens += item.path("usage").path("completion_tokens").longValue();
        }
        if (correct.isEmpty()) {
            throw new IllegalArgumentException(file + " has no items; run the evaluation again");
        }
        return new ResultFolder(folder, correct, forwards, tokens);
    }

    /** Compares a run with this one, which must have been asked the same questions. */
    public PairedComparison with(ResultFolder other) {
        if (!correct.keySet().equals(other.correct.keySet())) {
            throw new IllegalArgumentException(path + " and " + other.path
                    + " have different questions; evaluate both on the same dataset with the same --limit");
        }
        int lost = 0;
        int won = 0;
        for (Map.Entry<String, Boolean> item : correct.entrySet()) {
            boolean now = Boolean.TRUE.equals(other.correct.get(item.getKey()));
            lost += item.getValue() && !now ? 1 : 0;
            won += !item.getValue() && now ? 1 : 0;
        }
        return new PairedComparison(correct.size(), lost, won);
    }

    @Override
    public String toString() {
        long right = correct.values().stream().filter(value -> value).count();
        return String.format(
                Locale.ROOT,
                "%s: %d of %d correct (%.1f %%), %.1f forwards an item, %.2f tokens a forward",
                path,
                right,
                correct.size(),
                100.0 * right / correct.size(),
                (double) forwards / correct.size(),
                forwards == 0 ? 0 : (double) tokens / forwards);
    }

    private static JsonNode item(Path file, int number, String line) {
        JsonNode item;
        try {
            item = MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    file + ", line " + number + " is no JSON; the run was cut off, evaluate again", e);
        }
        if (!item.path("correct").isBoolean() || !item.path("question_sha256").isTextual()) {
            throw new IllegalArgumentException(file + ", line " + number
                    + " is no item with question_sha256 and correct; name a folder that 'dllm4j eval' wrote");
        }
        return item;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read (" + e + ")", e);
        }
    }
}
