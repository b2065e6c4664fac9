package dev.dllm4j.eval;

import java.nio.charset.StandardCharsets;

/**
 * A question with a known answer.
 *
 * @param id tells the question from the others of its file
 * @param question as it is asked, before the chat template
 * @param answer worked solution that ends in {@code ####} and the number
 */
public record Question(String id, String question, String answer) {
    public Question {
        if (question.isBlank()) {
            throw new IllegalArgumentException("question is blank; it must ask something");
        }
        if (AnswerNumber.endOf(answer).isEmpty()) {
            throw new IllegalArgumentException(
                    "answer ends in \"" + tail(answer) + "\"; it must end in #### and a number, e.g. #### 18");
        }
    }

    AnswerNumber expected() {
        return AnswerNumber.endOf(answer).orElseThrow();
    }

    /** Of the question's text alone, so that the same question is recognised in another file. */
    String sha256() {
        return Sha256.of(question.getBytes(StandardCharsets.UTF_8));
    }

    private static String tail(String answer) {
        String line = answer.replaceAll("\\s+", " ").strip();
        return line.substring(Math.max(0, line.length() - 24));
    }
}
