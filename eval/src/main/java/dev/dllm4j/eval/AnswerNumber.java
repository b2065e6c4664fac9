package dev.dllm4j.eval;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The number a worked solution comes to, as GSM8K marks it: {@code #### 1,234}. Read, normalised and compared like the
 * strict-match of lm-evaluation-harness, so that accuracies can be set beside published ones: the two are equal if
 * their texts are, and 18 is not 18.0.
 *
 * @param text without thousands separators, dollar signs and one closing full stop; empty where nothing else was there
 * @see <a href="https://github.com/EleutherAI/lm-evaluation-harness">lm-evaluation-harness, task gsm8k</a>
 */
record AnswerNumber(String text) {
    private static final String MARK = "#### ";
    private static final Pattern MARKED = Pattern.compile(MARK + "(-?[0-9.,]+)");
    private static final Pattern CLOSING_FULL_STOP = Pattern.compile("\\.$");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9.]+");

    /** The first marked number of what a model wrote. */
    static Optional<AnswerNumber> firstOf(String output) {
        Matcher matcher = MARKED.matcher(output);
        return matcher.find() ? Optional.of(normalised(matcher.group(1))) : Optional.empty();
    }

    /** What stands behind the last mark of a reference, if that is a number. */
    static Optional<AnswerNumber> endOf(String reference) {
        int mark = reference.lastIndexOf(MARK);
        if (mark < 0) {
            return Optional.empty();
        }
        AnswerNumber number =
                normalised(reference.substring(mark + MARK.length()).strip());
        return NUMBER.matcher(number.text).matches() ? Optional.of(number) : Optional.empty();
    }

    private static AnswerNumber normalised(String written) {
        return new AnswerNumber(CLOSING_FULL_STOP
                .matcher(written.replace(",", "").replace("$", ""))
                .replaceFirst(""));
    }
}
