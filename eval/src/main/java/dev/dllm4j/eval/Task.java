package dev.dllm4j.eval;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How a question is put, where an output ends and how its answer is found: lm-evaluation-harness's tasks (version 3),
 * and the question as it stands.
 */
@SuppressWarnings("ImmutableEnumChecker") // lists of List.of, and patterns
public enum Task {
    /** The question alone, for models that were trained on nothing else; scored like {@link #GSM8K}. */
    PLAIN("", "", "", List.of(), Extraction.MARKED),
    GSM8K("Question: ", "\nAnswer:", " ", List.of("Question:", "</s>", "<|im_end|>"), Extraction.MARKED),
    GSM8K_COT("Q: ", "\n\nA:", " ", List.of("Q:", "</s>", "<|im_end|>"), Extraction.STATED),
    GSM8K_COT_ZEROSHOT(
            "Q: ", "\nA: Let's think step by step.", " ", List.of("Q:", "</s>", "<|im_end|>"), Extraction.STATED);

    private static final String BETWEEN_SHOTS = "\n\n";

    private final String before;
    private final String after;
    private final String beforeAnswer;
    private final List<String> stops;
    private final Extraction strict;

    Task(String before, String after, String beforeAnswer, List<String> stops, Extraction strict) {
        this.before = before;
        this.after = after;
        this.beforeAnswer = beforeAnswer;
        this.stops = stops;
        this.strict = strict;
    }

    /**
     * The task of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Task named(String name) {
        return Stream.of(values())
                .filter(task -> task.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("task is " + name + "; known are "
                        + String.join(
                                ", ", Stream.of(values()).map(Task::toString).toList())));
    }

    /** The text that a model is asked with, solved examples first. */
    String prompt(List<Question> shots, Question question) {
        StringBuilder text = new StringBuilder();
        for (Question shot : shots) {
            text.append(before)
                    .append(shot.question())
                    .append(after)
                    .append(beforeAnswer)
                    .append(shot.answer())
                    .append(BETWEEN_SHOTS);
        }
        return text.append(before).append(question.question()).append(after).toString();
    }

    /** An output up to the first stop string. */
    String cut(String output) {
        String text = output;
        for (String stop : stops) {
            int end = text.indexOf(stop);
            text = end < 0 ? text : text.substring(0, end);
        }
        return text;
    }

    /** Which strings end an output. */
    List<String> stops() {
        return stops;
    }

    /** The strict-match of the task. */
    Extraction strict() {
        return strict;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
