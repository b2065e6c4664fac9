package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import java.util.Optional;

/** What became of one question. */
sealed interface Item {
    /** One line of {@code items.jsonl}. */
    ObjectNode json();

    Tally tally();

    /** An output, right or wrong. */
    record Answered(Question question, Answer answer) implements Item {
        @Override
        public ObjectNode json() {
            ObjectNode json = begin(question);
            json.put("output", answer.text());
            json.put("extracted", extracted().map(AnswerNumber::text).orElse(null));
            json.put("correct", correct());
            json.set("usage", AnswerJson.usage(answer));
            return json;
        }

        @Override
        public Tally tally() {
            return new Tally(
                    1,
                    0,
                    correct() ? 1 : 0,
                    answer.work().forwards(),
                    answer.completionTokens(),
                    answer.work().rowsComputed(),
                    answer.work().rowsFull());
        }

        private boolean correct() {
            return extracted().filter(question.expected()::equals).isPresent();
        }

        private Optional<AnswerNumber> extracted() {
            return AnswerNumber.firstOf(answer.text());
        }
    }

    /** Prompt and gen length exceed the model's context. */
    record OutOfContext(Question question) implements Item {
        @Override
        public ObjectNode json() {
            return begin(question).put("correct", false).put("skipped", "context");
        }

        @Override
        public Tally tally() {
            return new Tally(1, 1, 0, 0, 0, 0, 0);
        }
    }

    private static ObjectNode begin(Question question) {
        return JsonNodeFactory.instance.objectNode().put("id", question.id()).put("question_sha256", question.sha256());
    }
}
