package dev.dllm4j.eval;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the answer is found in an output, as lm-evaluation-harness does it, so that accuracies can be set beside published
 * ones. What that finds odd is kept: a full stop that ends three of them is a number's ({@code 8 apples...} gives
 * {@code ..}), a word is never a number, and 18 is not 18.0, for answers are equal if their texts are.
 *
 * @param last whether the last match counts, the first otherwise
 * @see <a href="https://github.com/EleutherAI/lm-evaluation-harness">lm-evaluation-harness, filters/extraction.py</a>
 */
record Extraction(Pattern pattern, boolean last) {
    /** The first number behind {@code ####}. */
    static final Extraction MARKED = first("#### (\\-?[0-9\\.\\,]+)");

    /** The first number behind {@code The answer is}, if anything follows it. */
    static final Extraction STATED = first("The answer is (\\-?[0-9\\.\\,]+).");

    /** The last thing that looks like a number. */
    static final Extraction FLEXIBLE = new Extraction(pattern("(-?[$0-9.,]{2,})|(-?[0-9]+)"), true);

    private static final Pattern UP_TO_MARK = pattern("(?s).*#### ");
    private static final Pattern CLOSING_FULL_STOP = pattern("\\.$");

    /** The answer as it is compared. */
    Optional<String> of(String output) {
        Matcher matcher = pattern.matcher(output);
        String found = null;
        while (matcher.find() && (found == null || last)) {
            found = firstGroup(matcher);
        }
        return Optional.ofNullable(found).map(Extraction::normalised);
    }

    /** A text without what comparisons ignore: commas, dollar signs, all up to the last mark, one closing full stop. */
    static String normalised(String text) {
        String bare = text.replace(",", "").replace("$", "");
        return CLOSING_FULL_STOP
                .matcher(UP_TO_MARK.matcher(bare).replaceAll(""))
                .replaceAll("")
                .toLowerCase(Locale.ROOT);
    }

    private static String firstGroup(Matcher matcher) {
        for (int group = 1; group < matcher.groupCount(); group++) {
            if (matcher.group(group) != null) {
                return matcher.group(group);
            }
        }
        return matcher.group(matcher.groupCount());
    }

    private static Extraction first(String regex) {
        return new Extraction(pattern(regex), false);
    }

    /** Python's lines end in \n alone. */
    private static Pattern pattern(String regex) {
        return Pattern.compile(regex, Pattern.UNIX_LINES);
    }
}
