package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Which questions are asked, and how.
 *
 * @param shots solved examples in front of each question
 * @param chatTemplate whether the text goes through the model's chat template, as one message of the user's
 */
public record Exam(Task task, QuestionFile questions, Shots shots, boolean chatTemplate) {
    /** The questions in their order, with the whole text that a model is asked with. */
    public List<Asked> asked() {
        List<List<Question>> examples = shots.of(questions.questions());
        List<Asked> asked = new ArrayList<>();
        for (int index = 0; index < examples.size(); index++) {
            Question question = questions.questions().get(index);
            asked.add(new Asked(task, question, task.prompt(examples.get(index), question)));
        }
        return asked;
    }

    /** What tells this exam from others. */
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("task", task.toString());
        json.put("dataset", questions.name());
        json.put("dataset_sha256", questions.sha256());
        json.put("questions_sha256", questions.questionsSha256());
        json.put("chat_template", chatTemplate);
        json.set("fewshot", shots.json());
        return json;
    }

    /**
     * A question as it is asked.
     *
     * @param text before the chat template
     */
    public record Asked(Task task, Question question, String text) {}
}
