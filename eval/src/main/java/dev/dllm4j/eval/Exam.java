package dev.dllm4j.eval;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Which questions are asked, and how.
 *
 * @param shots solved examples in front of each question
 * @param chatTemplate whether the text goes through the model's chat template, as one message of the user's
 */
public record Exam(Task task, QuestionFile questions, Shots shots, boolean chatTemplate) {
    public Exam {
        requireNonNull(task, "task is null; give one, e.g. Task.PLAIN");
        requireNonNull(questions, "questions is null; read some, e.g. with QuestionFile.read");
        requireNonNull(shots, "shots is null; give Shots.NONE for none");
    }

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

    /** Judges lines of an earlier, interrupted try anew; refuses what is none of this exam's. */
    UnaryOperator<ObjectNode> recorded() {
        Map<String, Question> byId =
                questions.questions().stream().collect(Collectors.toMap(Question::id, Function.identity()));
        return line -> {
            String id = line.path("id").asText();
            Question question = byId.get(id);
            if (question == null) {
                throw new IllegalArgumentException(
                        "id is " + OneLine.of(id, 60) + "; no question that is asked has it");
            }
            return Item.recorded(task, question, line);
        };
    }

    /** What tells this exam from others. */
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("task", task.toString());
        json.put("dataset", questions.name());
        json.put("dataset_sha256", questions.sha256());
        json.put("questions_sha256", questions.questionsSha256());
        json.put(SameRun.ASKED, questions.questions().size());
        json.put(SameRun.AVAILABLE, questions.total());
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
