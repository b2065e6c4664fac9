package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The fewest tokens that a text can have: none is longer than the longest of the vocabulary. That holds where every
 * byte or character of a text is part of some token, as in byte-level BPE; it does not where a whole unknown word is
 * one token, or where text is dropped.
 *
 * @param longest what one token covers at most, in the measure's unit
 * @param blanks whether white space counts; added tokens may take in any amount of what stands beside them
 */
record TokenFloor(Measure measure, int longest, boolean blanks) {
    /** What a text is measured in. */
    enum Measure {
        /** Nothing is known. */
        NONE,
        /** Bytes of UTF-8. */
        BYTES,
        /** Bytes that are left at least after canonical composition (NFC). */
        COMPOSED_BYTES,
        /** Code points. */
        CHARACTERS
    }

    private static final TokenFloor UNKNOWN = new TokenFloor(Measure.NONE, 1, false);

    /** The bytes beyond ASCII become at most so many times fewer. */
    static final int COMPOSITION = 4;

    static TokenFloor of(TokenizerFile file) {
        Measure measure = measure(file);
        if (measure == Measure.NONE) {
            return UNKNOWN;
        }
        int longest = 1;
        for (Map.Entry<String, Integer> token : file.vocabulary().ids().entrySet()) {
            longest = Math.max(longest, token.getKey().length());
        }
        for (JsonNode token : file.addedTokens().toList()) {
            String content = token.path("content").asText();
            longest = Math.max(longest, content.getBytes(StandardCharsets.UTF_8).length);
        }
        boolean greedy = file.addedTokens()
                .anyMatch(token ->
                        token.path("lstrip").asBoolean() || token.path("rstrip").asBoolean());
        return new TokenFloor(measure, longest, !greedy);
    }

    /** 0 where nothing is known. */
    int of(String text) {
        if (measure == Measure.NONE) {
            return 0;
        }
        long ascii = 0;
        long beyond = 0;
        for (int position = 0; position < text.length(); position++) {
            char character = text.charAt(position);
            if (!blanks && (Character.isWhitespace(character) || Character.isSpaceChar(character))) {
                continue;
            }
            if (character < 128) {
                ascii++;
            } else {
                beyond += beyondAscii(character);
            }
        }
        long covered = ascii + (measure == Measure.COMPOSED_BYTES ? beyond / COMPOSITION : beyond);
        return (int) ((covered + longest - 1) / longest);
    }

    /** Half a pair counts as half of the pair's four bytes; alone it is another character's three. */
    private int beyondAscii(char character) {
        if (measure == Measure.CHARACTERS) {
            return Character.isLowSurrogate(character) ? 0 : 1;
        }
        return character < 0x800 || Character.isSurrogate(character) ? 2 : 3;
    }

    private static Measure measure(TokenizerFile file) {
        JsonNode model = file.model();
        boolean whole = model.path("type").asText("BPE").equals("BPE")
                && model.path("continuing_subword_prefix").asText("").isEmpty()
                && model.path("end_of_word_suffix").asText("").isEmpty();
        if (!whole) {
            return Measure.NONE;
        }
        Set<String> tokens = file.vocabulary().ids().keySet();
        if (byteLevel(file.preTokenizers()) && byteLetters().allMatch(letter -> tokens.contains(letter(letter)))) {
            if (file.normalizers().isEmpty()) {
                return Measure.BYTES;
            }
            return file.normalizers().stream().allMatch(each -> type(each).equals("NFC"))
                    ? Measure.COMPOSED_BYTES
                    : Measure.NONE;
        }
        boolean bytesStandIn = model.path("byte_fallback").asBoolean()
                && IntStream.range(0, 256)
                        .allMatch(value -> tokens.contains(String.format(Locale.ROOT, "<0x%02X>", value)));
        boolean plain =
                file.preTokenizers().stream().allMatch(each -> type(each).equals("Metaspace"))
                        && file.normalizers().stream().allMatch(TokenFloor::keepsLength);
        return bytesStandIn && plain ? Measure.CHARACTERS : Measure.NONE;
    }

    private static boolean byteLevel(List<JsonNode> steps) {
        return steps.stream().anyMatch(step -> type(step).equals("ByteLevel"))
                && steps.stream().allMatch(TokenFloor::dropsNothing);
    }

    private static boolean dropsNothing(JsonNode step) {
        return switch (type(step)) {
            case "ByteLevel", "Digits" -> true;
            case "Split", "Punctuation" ->
                !step.path("behavior").asText("Isolated").equals("Removed");
            default -> false;
        };
    }

    private static boolean keepsLength(JsonNode normalizer) {
        if (type(normalizer).equals("Prepend")) {
            return true;
        }
        JsonNode pattern = normalizer.path("pattern").path("String");
        return type(normalizer).equals("Replace")
                && pattern.isTextual()
                && characters(normalizer.path("content").asText()) >= characters(pattern.asText());
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String type(JsonNode step) {
        return step.path("type").asText();
    }

    /** The characters that stand for bytes in byte-level vocabularies: printable ones for themselves, others from 256 on. */
    static IntStream byteLetters() {
        return IntStream.concat(
                IntStream.range(0, 256).filter(TokenFloor::printable),
                IntStream.range(
                        256,
                        256
                                + (int) IntStream.range(0, 256)
                                        .filter(value -> !printable(value))
                                        .count()));
    }

    private static boolean printable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
    }

    private static String letter(int codePoint) {
        return Character.toString(codePoint);
    }
}
