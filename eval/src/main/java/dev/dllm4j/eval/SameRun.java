package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** Whether a folder's run is the one that is to go on, as both describe themselves in {@code run.json}. */
final class SameRun {
    /** What a run is on, which may change. */
    static final String SURROUNDINGS = "surroundings";

    /** Questions that are asked. */
    static final String ASKED = "questions";

    /** Questions that the file has. */
    static final String AVAILABLE = "questions_available";

    /** Hash of the questions that are asked, which decides on both. */
    private static final String QUESTIONS = "questions_sha256";

    private static final String DATASET = "dataset_sha256";

    /** The counts follow from {@link #QUESTIONS}, and a run may lack them. */
    private static final Set<String> NOT_COMPARED = Set.of(SURROUNDINGS, ASKED, AVAILABLE);

    private SameRun() {}

    /**
     * Refuses another run, by what differs.
     *
     * @param there what the folder says
     * @param here what is to go on
     */
    static void require(Path folder, JsonNode there, JsonNode here) {
        Set<String> keys = names(there, here);
        keys.removeAll(NOT_COMPARED);
        for (String key : keys) {
            if (there.path(key).equals(here.path(key))) {
                continue;
            }
            String difference =
                    key.equals(QUESTIONS) ? choice(there, here) : difference(key, there.path(key), here.path(key));
            throw new IllegalArgumentException("out is " + folder + "; it is a run with another " + difference
                    + "; resume with that run's settings, or name another folder");
        }
    }

    /** Which option chose other questions of the same file; another file has another hash, which is compared first. */
    private static String choice(JsonNode there, JsonNode here) {
        boolean counted =
                there.has(ASKED) && there.has(AVAILABLE) && there.path(DATASET).equals(here.path(DATASET));
        if (!counted) {
            return difference(QUESTIONS, there.path(QUESTIONS), here.path(QUESTIONS));
        }
        String counts = " (" + count(there) + " there, " + count(here) + " here)";
        if (!there.path(AVAILABLE).equals(here.path(AVAILABLE))) {
            return "--skip-bad" + counts;
        }
        return there.path(ASKED).equals(here.path(ASKED)) ? "--shuffle-seed" : "--limit" + counts;
    }

    private static String count(JsonNode run) {
        return run.path(ASKED).asText() + " of " + run.path(AVAILABLE).asText() + " questions";
    }

    /** The first field that differs, however deep. */
    private static String difference(String key, JsonNode there, JsonNode here) {
        if (there.isObject() && here.isObject()) {
            for (String field : names(there, here)) {
                if (!there.path(field).equals(here.path(field))) {
                    return difference(field, there.path(field), here.path(field));
                }
            }
        }
        return key + " (" + shown(there) + " there, " + shown(here) + " here)";
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "none" : OneLine.of(value.toString(), 100);
    }

    private static Set<String> names(JsonNode there, JsonNode here) {
        Set<String> names = new TreeSet<>();
        there.fieldNames().forEachRemaining(names::add);
        here.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
