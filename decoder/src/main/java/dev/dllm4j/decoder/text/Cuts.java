package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where a text may be cut, so that the ids of its parts, one after the other, are the ids of the whole: after a letter
 * and before what is neither letter, mark nor apostrophe, where the tokenizer's pre-tokenizer ends a piece whatever
 * stands around, its normalizer changes neither side for the other's sake, and no added token can reach across.
 * Immutable.
 */
final class Cuts {
    /*
     * Both sides come from lists of characters that every version of Unicode in use classifies alike; there are enough
     * of them for text in any of the scripts. White space is only ever cut off at its front: how much of a run of it a
     * pre-tokenizer takes depends on what follows the run.
     */

    private static final String SPACE = " ";
    private static final String AFTER_WORDS = " \n\r\t!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~0123456789"
            + "\u3001\u3002\uFF0C\uFF01\uFF1F\uFF1A\uFF1B\uFF08\uFF09\u300C\u300D\u201C\u201D";

    private static final Set<String> LOCAL_NORMALIZERS = Set.of("NFC", "NFKC", "Lowercase");

    private final String after;
    /** Neighbours inside added tokens, folded. */
    private final Set<Integer> inside = new HashSet<>();
    /** What added tokens begin or end with whose match depends on what stands there, folded. */
    private final Set<Character> neverBefore = new HashSet<>();

    private final Set<Character> neverAfter = new HashSet<>();

    private Cuts(String after) {
        this.after = after;
    }

    /** Absent where nobody can say where a text may be cut. */
    static Optional<Cuts> of(TokenizerFile file) {
        if (!file.normalizers().stream().allMatch(each -> LOCAL_NORMALIZERS.contains(type(each)))) {
            return Optional.empty();
        }
        return after(file.preTokenizers()).map(after -> {
            Cuts cuts = new Cuts(after);
            file.addedTokens().forEach(cuts::keepWhole);
            return cuts;
        });
    }

    /** Whether the text may be cut before the character at a position. */
    boolean at(String text, int position) {
        if (position < 1 || position >= text.length()) {
            return false;
        }
        char left = text.charAt(position - 1);
        char right = text.charAt(position);
        return after.indexOf(right) >= 0 && letter(left) && !reached(Character.toLowerCase(left), folded(right));
    }

    private boolean reached(char left, char right) {
        return inside.contains(pair(left, right)) || neverAfter.contains(left) || neverBefore.contains(right);
    }

    /** The characters before which pieces end, judged by the first pre-tokenizer that ends pieces at all. */
    private static Optional<String> after(List<JsonNode> steps) {
        boolean prefixes = steps.stream().anyMatch(Cuts::prefixes);
        for (JsonNode step : steps) {
            switch (type(step)) {
                case "Split" -> {
                    String expression = step.path("pattern").path("Regex").asText();
                    if (SplitExpressions.splitsWords(expression) && (isolates(step) || keepsMatches(step))) {
                        return Optional.of(prefixes ? SPACE : AFTER_WORDS);
                    }
                    if (!SplitExpressions.staysAside(expression) || !isolates(step)) {
                        return Optional.empty();
                    }
                }
                case "ByteLevel" -> {
                    if (step.path("use_regex").asBoolean(true)) {
                        return Optional.of(prefixes ? SPACE : AFTER_WORDS);
                    }
                }
                case "Metaspace" -> {
                    return step.path("split").asBoolean(true)
                                    && step.path("replacement").asText().equals("\u2581")
                            ? Optional.of(SPACE)
                            : Optional.empty();
                }
                case "Whitespace", "WhitespaceSplit", "BertPreTokenizer" -> {
                    return Optional.of(SPACE);
                }
                case "Digits" -> {
                    // Digits stand on one side of a cut only.
                }
                default -> {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /** Whether it may put a blank before a text that begins without one. */
    private static boolean prefixes(JsonNode step) {
        return type(step).equals("Metaspace")
                || (type(step).equals("ByteLevel")
                        && step.path("add_prefix_space").asBoolean(true));
    }

    private static boolean isolates(JsonNode split) {
        return split.path("behavior").asText().equals("Isolated")
                && !split.path("invert").asBoolean();
    }

    private static boolean keepsMatches(JsonNode split) {
        return split.path("behavior").asText().equals("Removed")
                && split.path("invert").asBoolean();
    }

    private static String type(JsonNode step) {
        return step.path("type").asText();
    }

    /** No cut where two characters of the token stand side by side, nor where what stands beside it would matter. */
    private void keepWhole(JsonNode token) {
        String content = token.path("content").asText();
        if (content.isEmpty()) {
            return;
        }
        String folded = fold(content);
        for (int position = 1; position < folded.length(); position++) {
            inside.add(pair(folded.charAt(position - 1), folded.charAt(position)));
        }
        boolean alone = token.path("single_word").asBoolean();
        if (alone) {
            neverBefore.add(folded.charAt(0));
        }
        if (alone || token.path("rstrip").asBoolean()) {
            neverAfter.add(folded.charAt(folded.length() - 1));
        }
    }

    private static int pair(char left, char right) {
        return left << 16 | right;
    }

    private static char folded(char character) {
        return character < 128
                ? Character.toLowerCase(character)
                : fold(String.valueOf(character)).charAt(0);
    }

    private static String fold(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    private static boolean letter(char character) {
        return within(character, 'a', 'z')
                || within(character, 'A', 'Z')
                || (within(character, '\u00C0', '\u00FF') && character != '\u00D7' && character != '\u00F7')
                || within(character, '\u03B1', '\u03C9') // Greek
                || within(character, '\u0410', '\u044F') // Cyrillic
                || within(character, '\u05D0', '\u05EA') // Hebrew
                || (within(character, '\u0620', '\u064A') && character != '\u0640') // Arabic
                || within(character, '\u0905', '\u0939') // Devanagari
                || within(character, '\u0E01', '\u0E30') // Thai
                || within(character, '\u1EA0', '\u1EF9') // Vietnamese
                || within(character, '\u3041', '\u3096') // Hiragana
                || within(character, '\u30A1', '\u30FA') // Katakana
                || within(character, '\u4E00', '\u9FA5') // Chinese
                || within(character, '\uAC00', '\uD7A3'); // Hangul
    }

    private static boolean within(char character, char first, char last) {
        return first <= character && character <= last;
    }
}
