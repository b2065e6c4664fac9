package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** One line of {@code items.jsonl}: what became of a question. */
final class Item {
    /** Time since the run's begin, in milliseconds, when the line was written. */
    static final String WALL = "wall_ms";

    private static final String SKIPPED = "skipped";
    private static final String CONTEXT = "context";
    private static final String FAILED = "failed";
    private static final String EMPTY = "empty";
    private static final String REASON = "reason";
    private static final int LONGEST_REASON = 300;
    /** Tokens, rows and milliseconds of one question stay far below. */
    private static final double MOST = 1e12;

    private Item() {}

    /**
     * An output, right or wrong.
     *
     * @param unknownTokens ids of the prompt that stand for what the vocabulary lacks
     * @param usage as {@link dev.dllm4j.decoder.AnswerJson#usage} writes it
     */
    static ObjectNode answered(Task task, Question question, String output, int unknownTokens, ObjectNode usage) {
        String cut = task.cut(output);
        ObjectNode json = begin(question).put("output", output);
        verdict(json, question, task.strict().of(cut));
        verdict(json.putObject("flexible"), question, Extraction.FLEXIBLE.of(cut));
        if (unknownTokens > 0) {
            json.put("unknown_tokens", unknownTokens);
        }
        json.set("usage", usage);
        return json;
    }

    /**
     * An answer without any text, which is scored as an empty output.
     *
     * @param reason what the server said of it
     */
    static ObjectNode empty(Task task, Question question, String reason, ObjectNode usage) {
        return answered(task, question, "", 0, usage).put(EMPTY, OneLine.of(reason, LONGEST_REASON));
    }

    /**
     * Prompt and gen length exceed the model's context.
     *
     * @param reason what a server said; absent where that was computed
     */
    static ObjectNode outOfContext(Question question, Optional<String> reason) {
        ObjectNode json = begin(question).put("correct", false).put(SKIPPED, CONTEXT);
        reason.ifPresent(said -> json.put(REASON, OneLine.of(said, LONGEST_REASON)));
        return json;
    }

    /** Nothing came of it, and nobody else is to blame. */
    static ObjectNode failed(Question question, String reason) {
        return begin(question).put("correct", false).put(FAILED, OneLine.of(reason, LONGEST_REASON));
    }

    /** Whether a line says that its answer had no text. */
    static boolean empty(JsonNode line) {
        return line.has(EMPTY);
    }

    /** Whether a line says that its question failed. */
    static boolean failed(JsonNode line) {
        return line.has(FAILED);
    }

    /**
     * A line as it was written, judged anew: verdicts follow from the output, whatever stands in the line.
     *
     * @throws IllegalArgumentException if the line is none that was written for the question
     */
    static ObjectNode recorded(Task task, Question question, JsonNode line) {
        require(
                line.path("question_sha256").asText().equals(question.sha256()),
                "question_sha256 is not that of the question");
        ObjectNode json;
        if (failed(line)) {
            json = failed(question, line.path(FAILED).asText());
        } else if (line.has(SKIPPED)) {
            require(line.path(SKIPPED).asText().equals(CONTEXT), SKIPPED + " is another word than " + CONTEXT);
            json = outOfContext(question, Optional.ofNullable(line.path(REASON).textValue()));
        } else {
            require(line.path("output").isTextual(), "output is not text");
            require(line.path("usage").isObject() && plausible(line.path("usage")), "usage has no plausible numbers");
            require(plausible(line.path("unknown_tokens")), "unknown_tokens is not a plausible number");
            json = answered(
                    task,
                    question,
                    line.path("output").textValue(),
                    line.path("unknown_tokens").intValue(),
                    (ObjectNode) line.path("usage"));
            if (line.has(EMPTY)) {
                json.put(EMPTY, OneLine.of(line.path(EMPTY).asText(), LONGEST_REASON));
            }
        }
        require(plausible(line.path(WALL)), WALL + " is not a plausible number");
        return json.put(WALL, line.path(WALL).longValue());
    }

    /** Whether all numbers can be of one question: nothing negative, nothing that sums could not hold. */
    static boolean plausible(JsonNode node) {
        if (node.isContainerNode()) {
            return StreamSupport.stream(node.spliterator(), false).allMatch(Item::plausible);
        }
        return !node.isNumber() || (node.doubleValue() >= 0 && node.doubleValue() <= MOST);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    private static void verdict(ObjectNode json, Question question, Optional<String> extracted) {
        json.put("extracted", extracted.orElse(null));
        json.put("correct", extracted.filter(question.expected()::equals).isPresent());
    }

    private static ObjectNode begin(Question question) {
        return JsonNodeFactory.instance.objectNode().put("id", question.id()).put("question_sha256", question.sha256());
    }
}
