package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** One line of {@code items.jsonl}: what became of a question. */
final class Item {
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

    /** Prompt and gen length exceed the model's context. */
    static ObjectNode outOfContext(Question question) {
        return begin(question).put("correct", false).put("skipped", "context");
    }

    private static void verdict(ObjectNode json, Question question, Optional<String> extracted) {
        json.put("extracted", extracted.orElse(null));
        json.put("correct", extracted.filter(question.expected()::equals).isPresent());
    }

    private static ObjectNode begin(Question question) {
        return JsonNodeFactory.instance.objectNode().put("id", question.id()).put("question_sha256", question.sha256());
    }
}
