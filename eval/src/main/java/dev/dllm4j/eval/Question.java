package dev.dllm4j.eval;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * A question with a known answer.
 *
 * @param id tells the question from the others of its file
 * @param question as it is asked, before the chat template
 * @param answer worked solution that ends in {@code ####} and the number, or the number alone; of a solved example that
 *     is only shown, any text
 */
public record Question(String id, String question, String answer) {
    private static final Pattern NUMBER = Pattern.compile("-?[0-9.]+");

    public Question {
        if (question.isBlank()) {
            throw new IllegalArgumentException("question is blank; it must ask something");
        }
    }

    /** Refuses an answer that ends in no number, which nothing could be compared with. */
    Question requireNumber() {
        if (!NUMBER.matcher(expected()).matches()) {
            throw new IllegalArgumentException(
                    "answer ends in \"" + tail(answer) + "\"; it must end in #### and a number, e.g. #### 18");
        }
        return this;
    }

    /** The number as answers are compared with it. */
    String expected() {
        return Extraction.normalised(answer.strip());
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
