package dev.dllm4j.decoder.text;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Regular expressions that tokenizers split text by. Each known one takes steps in proportion to the text, however the
 * text reads; of another nobody can say so, and the library ends the process where one takes too many.
 */
final class SplitExpressions {
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String CONTRACTIONS_SHORT = "'(?i:[sdmt]|ll|ve|re)";
    private static final String O200K_WORDS =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+" + CONTRACTIONS
                    + "?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + CONTRACTIONS + "?";

    /** They end a match between a letter and what is neither letter, mark nor apostrophe, and never look back. */
    static final Set<String> WORDS = Set.of(
            // GPT-2
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            // Llama 3
            CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            // Qwen2, Qwen3, Dream, SDAR
            CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            // the same with marks among the letters
            CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            // cl100k, with three digits and with one (LLaDA)
            CONTRACTIONS_SHORT + "|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                    + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
            CONTRACTIONS_SHORT + "|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                    + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
            // o200k
            O200K_WORDS + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            O200K_WORDS + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            // DeepSeek V3
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                    + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

    /** One class of characters, repeated, to which no letter belongs together with what may follow it at a cut. */
    private static final Set<String> RUNS = Set.of("\\p{N}{1,3}", "\\p{N}+", "[\\r\\n]+", "[一-龥぀-ゟ゠-ヿ]+");

    /** One character or one class of characters. */
    private static final Pattern SINGLE = Pattern.compile(
            "(?:[^\\\\\\[\\](){}*+?.^$|]|\\\\[sSdDwWnrt.,?!]|\\\\[pP]\\{\\^?\\w+}|\\[\\^?(?:[^\\\\\\[\\]&]|\\\\.)+])");

    private static final Pattern REPEAT = Pattern.compile("[*+?]|\\{\\d{1,3}(?:,\\d{0,3})?}");

    private SplitExpressions() {}

    /** Whether it is one of those that split a text into words. */
    static boolean splitsWords(String expression) {
        return WORDS.contains(expression.replace("\r", "\\r").replace("\n", "\\n"));
    }

    /** Whether no match of it, single or a run, reaches over a place where {@link Cuts} cuts. */
    static boolean staysAside(String expression) {
        return RUNS.contains(expression) || SINGLE.matcher(expression).matches();
    }

    /** Whether it takes steps in proportion to a text. */
    static boolean known(String expression) {
        if (splitsWords(expression) || staysAside(expression)) {
            return true;
        }
        var single = SINGLE.matcher(expression);
        return single.lookingAt()
                && REPEAT.matcher(expression.substring(single.end())).matches();
    }
}
