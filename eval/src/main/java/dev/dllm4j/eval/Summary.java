package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The result of one run, all questions under one configuration, as {@code summary.json} holds it: what was asked of
 * what, all settings, the totals, and each item's verdict and work in the order of the questions. The file is small and
 * enough for every table and comparison. Prints as one line.
 *
 * @param name of the run, for people
 */
public record Summary(String name, ObjectNode json) {
    /** The file's name. */
    public static final String FILE = "summary.json";

    /** What the run was told, where any number may stand. */
    private static final Set<String> ABOUT = Set.of("settings", "fewshot", "surroundings");

    private static final int LONGEST_SETTING = 400;
    private static final double WORTH_A_WARNING = 0.01;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /**
     * Reads what a run left.
     *
     * @throws IllegalArgumentException where the folder holds no finished run
     */
    public static Summary read(Path folder) {
        return read(folder.toString(), folder);
    }

    /**
     * Reads what a run left, under a name of its own.
     *
     * @throws IllegalArgumentException where the folder holds no finished run
     */
    public static Summary read(String name, Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(folder + " has no " + FILE
                    + "; name a folder that 'dllm4j eval --out' wrote, or one in it, and let a run that was cut off"
                    + " finish with --resume");
        }
        try {
            if (MAPPER.readTree(Files.readString(file)) instanceof ObjectNode json
                    && json.path("questions_sha256").isTextual()
                    && json.path("strict_by_item").isTextual()) {
                if (!coherent(json)) {
                    throw new IllegalArgumentException(
                            file + " has totals that its verdicts do not give; it was changed"
                                    + " by hand or is damaged, so evaluate again");
                }
                return new Summary(name, json);
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    file + " is no JSON (" + e.getOriginalMessage() + "); evaluate again", e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read (" + e + "); check its permissions", e);
        }
        throw new IllegalArgumentException(
                file + " lacks questions_sha256 or strict_by_item; it is of another version, so evaluate again");
    }

    public int items() {
        return json.path("items").intValue();
    }

    public int correct() {
        return json.path("correct").intValue();
    }

    /** Share of all items that strict-match finds right, within [0, 1]. */
    public double accuracy() {
        return json.path("accuracy").doubleValue();
    }

    /** Forwards an answered question. */
    public double meanForwards() {
        return json.path("mean_forwards").doubleValue();
    }

    /** Text tokens per forward, over all questions together. */
    public double tokensPerForward() {
        return json.path("tokens_per_forward").doubleValue();
    }

    /** Text tokens a second of wall clock. */
    public double tokensPerSecond() {
        return json.path("tokens_per_second").doubleValue();
    }

    /** A setting as text, e.g. strategy; empty where there is none. */
    public String setting(String key) {
        return OneLine.of(json.path("settings").path(key).asText(), LONGEST_SETTING);
    }

    /** Compares a run with this one, which must have been asked the same questions. */
    public PairedComparison with(Summary other) {
        if (!json.path("questions_sha256").equals(other.json.path("questions_sha256"))) {
            throw new IllegalArgumentException(name + " and " + other.name
                    + " have different questions; evaluate both on the same dataset with the same --limit");
        }
        String before = verdicts();
        String after = other.verdicts();
        int lost = 0;
        int won = 0;
        for (int item = 0; item < before.length(); item++) {
            boolean was = before.charAt(item) == '1';
            boolean is = after.charAt(item) == '1';
            lost += was && !is ? 1 : 0;
            won += !was && is ? 1 : 0;
        }
        return new PairedComparison(before.length(), lost, won);
    }

    /** What to tell the user where a server answered without text. */
    public Optional<String> emptyWarning() {
        return count(
                "empty",
                "of " + items() + " answers had no text and count as wrong; items.jsonl says how each"
                        + " ended, and a model that thinks before it answers may need a larger --gen-length");
    }

    /** What to tell the user where the model's vocabulary lacks much of what it was asked. */
    public Optional<String> unknownWarning() {
        double share = json.path("unknown_share").doubleValue();
        return share < WORTH_A_WARNING
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%.1f %% of the prompts' tokens are unknown to the model; its vocabulary is not made for these"
                                + " questions, so expect little of its answers",
                        100 * share));
    }

    /** What was not answered, or not with text: it counts as wrong. */
    private String wrong() {
        String parts = Stream.of(
                        count("skipped", "skipped (context)"),
                        count("failed", "failed"),
                        count("empty", "without text"))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
        return parts.isEmpty() ? "" : ", " + parts + ", counted as wrong";
    }

    private Optional<String> count(String key, String what) {
        int number = json.path(key).intValue();
        return number == 0 ? Optional.empty() : Optional.of(number + " " + what);
    }

    /** Whether verdicts and totals are of one run. */
    private static boolean coherent(JsonNode json) {
        String verdicts = json.path("strict_by_item").textValue();
        return verdicts.matches("[01-]*")
                && json.path("items").intValue() == verdicts.length()
                && json.path("correct").intValue()
                        == verdicts.chars().filter(verdict -> verdict == '1').count()
                && Math.abs(json.path("accuracy").doubleValue() * verdicts.length()
                                - json.path("correct").intValue())
                        < 1e-6
                && json.properties().stream()
                        .filter(field -> !ABOUT.contains(field.getKey()))
                        .allMatch(field -> Item.plausible(field.getValue()));
    }

    private String verdicts() {
        return json.path("strict_by_item").textValue();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: strategy %s, cache %s: %d of %d correct (%.1f %% [%.1f, %.1f])%s; %s; %.1f s",
                name,
                setting("strategy"),
                setting("cache"),
                correct(),
                items(),
                100 * accuracy(),
                100 * json.path("accuracy_low").doubleValue(),
                100 * json.path("accuracy_high").doubleValue(),
                wrong(),
                work(),
                json.path("wall_seconds").doubleValue());
    }

    /** A server that is none of ours does not tell its forwards. */
    private String work() {
        return json.path("forwards").longValue() == 0
                ? "forwards not known"
                : String.format(
                        Locale.ROOT,
                        "%d forwards, %.1f per item, %.2f tokens per forward",
                        json.path("forwards").longValue(),
                        meanForwards(),
                        tokensPerForward());
    }
}
