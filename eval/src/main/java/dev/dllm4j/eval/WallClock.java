package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Measures how long systems take for the same questions: all systems once to warm up, then round by round all of them in
 * turn, A B A B, so that a machine that slows down slows all. Meaningful only where nothing else runs; the load before
 * the first round is recorded.
 */
public final class WallClock {
    private final Exam exam;
    private final int rounds;
    private final LongSupplier nanoTime;

    /** @param rounds timed ones, at least one */
    public WallClock(Exam exam, int rounds) {
        this(exam, rounds, System::nanoTime);
    }

    WallClock(Exam exam, int rounds, LongSupplier nanoTime) {
        if (rounds < 1) {
            throw new IllegalArgumentException("rounds is " + rounds + "; it must be at least 1");
        }
        this.exam = exam;
        this.rounds = rounds;
        this.nanoTime = nanoTime;
    }

    /**
     * A system under measurement.
     *
     * @param name for people
     */
    public record Contender(String name, Answerer answerer) {}

    /**
     * Measures; ratios are against the first system.
     *
     * @param progress is told what is about to run
     * @return per system the seconds of every round, their median, the work, and both speed-ups
     */
    public ObjectNode measure(List<Contender> contenders, Consumer<String> progress) {
        List<Exam.Asked> questions = exam.asked();
        List<Tally> tallies = new ArrayList<>();
        for (Contender contender : contenders) {
            progress.accept("warm-up, " + contender.name());
            List<ObjectNode> lines = new ArrayList<>();
            contender.answerer().ask(questions, lines::add);
            tallies.add(lines.stream().map(Tally::of).reduce(Tally.NOTHING, Tally::plus));
        }
        ObjectNode json = exam.json();
        json.set("surroundings", Surroundings.json());
        json.put("load_before", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        json.put("items", questions.size());
        json.put("rounds", rounds);
        double[][] seconds = new double[contenders.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int system = 0; system < contenders.size(); system++) {
                Contender contender = contenders.get(system);
                progress.accept("round " + (round + 1) + " of " + rounds + ", " + contender.name());
                long startedAt = nanoTime.getAsLong();
                contender.answerer().ask(questions, line -> {});
                seconds[system][round] = (nanoTime.getAsLong() - startedAt) / 1e9;
            }
        }
        ArrayNode systems = json.putArray("systems");
        for (int system = 0; system < contenders.size(); system++) {
            systems.add(system(contenders.get(system), tallies, seconds, system));
        }
        return json;
    }

    private static ObjectNode system(Contender contender, List<Tally> tallies, double[][] seconds, int system) {
        Tally tally = tallies.get(system);
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", contender.name());
        json.setAll(contender.answerer().json());
        json.put("correct", tally.correct());
        json.put("mean_forwards", tally.meanForwards());
        json.put("mean_completion_tokens", tally.meanCompletionTokens());
        json.put("rows_saved", tally.rowsSaved());
        ArrayNode all = json.putArray("seconds");
        ArrayNode ratios = json.putArray("wall_speedup_by_round");
        for (int round = 0; round < seconds[system].length; round++) {
            all.add(seconds[system][round]);
            ratios.add(seconds[0][round] / seconds[system][round]);
        }
        json.put("median_seconds", median(seconds[system]));
        json.put("wall_speedup", median(seconds[0]) / median(seconds[system]));
        json.put("forward_speedup", tallies.get(0).meanForwards() / tally.meanForwards());
        return json;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
