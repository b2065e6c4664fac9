package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.StarterReference;
import dev.dllm4j.decoder.testing.Cases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a text is cut into before the library sees it, by limits far below those of use. */
class TextPartsTest {
    private static final String METASPACE =
            "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"SCHEME\",\"split\":true}";
    private static final String TOKENS = "a<b>s";
    private static final TextLimits CUT_EARLY = new TextLimits(3, 1000, 1000);

    @TempDir
    Path folder;

    @Test
    void idsOfPartsAreIdsOfTheWholeForEveryKnownExpression() {
        for (String expression : SplitExpressions.WORDS) {
            partsEqualTheWhole(SmallTokenizers.bytes(SmallTokenizers.splitBy(expression)));
        }
    }

    @Test
    void idsOfPartsAreIdsOfTheWholeForOtherPreTokenizers() {
        partsEqualTheWhole(SmallTokenizers.bytes(SmallTokenizers.GPT2));
        partsEqualTheWhole(SmallTokenizers.bytes(SmallTokenizers.GPT2.replace("false", "true")));
        for (String scheme : List.of("always", "first", "never")) {
            String metaspace = METASPACE.replace("SCHEME", scheme);
            partsEqualTheWhole(SmallTokenizers.characters(metaspace));
            partsEqualTheWhole(
                    SmallTokenizers.characters(SmallTokenizers.sequence("{\"type\":\"WhitespaceSplit\"}", metaspace)));
        }
        partsEqualTheWhole(SmallTokenizers.characters("{\"type\":\"Whitespace\"}"));
        partsEqualTheWhole(SmallTokenizers.characters("{\"type\":\"BertPreTokenizer\"}"));
        partsEqualTheWhole(SmallTokenizers.bytes(
                SmallTokenizers.sequence("{\"type\":\"Digits\",\"individual_digits\":false}", SmallTokenizers.GPT2)));
        partsEqualTheWhole(SmallTokenizers.bytes(SmallTokenizers.splitBy("\\p{N}{1,3}")
                .replace("[{", "[" + splitStep("[一-龥぀-ゟ゠-ヿ]+") + ",{")
                .replace("," + SmallTokenizers.BYTE_LEVEL, "," + SmallTokenizers.GPT2)));
    }

    @Test
    void idsOfPartsAreIdsOfTheWholeWithNormalizers() {
        for (String normalizer : List.of("NFC", "NFKC", "Lowercase")) {
            ObjectNode json = SmallTokenizers.withNormalizer(
                    SmallTokenizers.bytes(SmallTokenizers.GPT2), "{\"type\":\"" + normalizer + "\"}");
            partsEqualTheWhole(SmallTokenizers.withToken(json, "A,b", "normalized"));
        }
    }

    @Test
    void idsOfPartsAreIdsOfTheWholeWhateverTokensAreAdded() {
        for (String setting : List.of("lstrip", "rstrip", "single_word", "normalized", "special")) {
            ObjectNode json = SmallTokenizers.bytes(SmallTokenizers.GPT2);
            for (String content : List.of("a b", "s", "s,", ", a", "<", "é.\n", "b_")) {
                SmallTokenizers.withToken(json, content, setting);
            }
            partsEqualTheWhole(json, false);
        }
    }

    @Test
    void idsOfPartsAreIdsOfTheWholeInTheReferenceTokenizers() throws IOException {
        List<Path> folders = new ArrayList<>(
                List.of(StarterReference.checkpoint(), Samples.resource("bytes"), Samples.resource("words")));
        folders.addAll(tokenizersIn(GoldenFolder.find(".")));
        assertThat(folders).hasSizeGreaterThan(9);
        if (GoldenFolder.has("../golden-families")) {
            folders.addAll(tokenizersIn(GoldenFolder.find("../golden-families")));
        }
        String prose = Files.readString(GoldenFolder.projectRoot().resolve("reference/README.md"));
        for (Path each : folders) {
            partsEqualTheWhole(each, prose);
            assertThat(HfTokenizer.unknownExpressions(each)).isEmpty();
        }
    }

    private static List<Path> tokenizersIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith("tokenizer.json"))
                    .map(Path::getParent)
                    .toList();
        }
    }

    @Test
    void aTextIsCutBehindWordsOnly() {
        TextParts parts = parts(SmallTokenizers.bytes(SmallTokenizers.GPT2), new TextLimits(8, 20, 1000));

        assertThat(parts.of("one two three, four\n\n  five"))
                .containsExactly("one two", " three", ", four", "\n\n  five");
        assertThat(parts.of("short")).containsExactly("short");
        assertThat(parts.of("")).containsExactly("");
    }

    @Test
    void aStretchWithoutAWordsEndIsRefusedWhereItIsTooLong() {
        TextParts parts = parts(SmallTokenizers.bytes(SmallTokenizers.GPT2), new TextLimits(8, 20, 1000));

        assertThat(parts.of("a b" + "c".repeat(18) + " d")).hasSize(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parts.of("a b" + "c".repeat(30) + " d"))
                .withMessage("the text has more than 20 characters on end from character 1 on without a word's end;"
                        + " the tokenizer takes no more at once, so break them up with spaces");
    }

    @Test
    void aTokenizerWhosePiecesNobodyKnowsTakesAShortTextAsAWhole() {
        for (String preTokenizer : List.of(
                SmallTokenizers.splitBy("ab|cd"), SmallTokenizers.BYTE_LEVEL, METASPACE.replace("true", "false"))) {
            TextParts parts = parts(SmallTokenizers.bytes(preTokenizer), new TextLimits(8, 20, 1000));

            assertThat(parts.of("one two three four")).hasSize(1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parts.of("one two three four five"))
                    .withMessage("the text has 23 characters; this tokenizer takes it as a whole, of 20 characters at"
                            + " most, so shorten it");
        }
    }

    @Test
    void runsAreBoundOnlyWhereAnExpressionIsUnknown() {
        TextLimits limits = new TextLimits(100, 100, 5);
        TextParts unknown = parts(SmallTokenizers.bytes(SmallTokenizers.splitBy("ab|cd")), limits);

        assertThat(parts(SmallTokenizers.bytes(SmallTokenizers.GPT2), limits).of("aaaaaaaa"))
                .hasSize(1);
        assertThat(unknown.of("aaaaa11111     ,,,,,")).hasSize(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> unknown.of("ab ,,,,,,"))
                .withMessage("the text has more than 5 characters of one kind on end from character 3 on;"
                        + " this tokenizer's own expression is not known to bear more, so break them up");
    }

    @Test
    void theTokenizerItselfRefusesWhatItCannotTake() {
        SmallTokenizers.write(folder, SmallTokenizers.bytes(SmallTokenizers.splitBy("ab|cd")));
        try (HfTokenizer tokenizer = HfTokenizer.read(folder, new TextLimits(8, 20, 1000))) {
            assertThat(tokenizer.encode("a b c d e f g h i j")).isNotEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encode("a".repeat(21)))
                    .withMessageContaining("shorten it");
        }
    }

    @Test
    void expressionsThatNobodyKnowsAreNamed() {
        SmallTokenizers.write(folder, SmallTokenizers.bytes(SmallTokenizers.splitBy("ab|cd")));
        assertThat(HfTokenizer.unknownExpressions(folder)).containsExactly("ab|cd");
        for (String known : List.of("[.,?]", " {2,}", "\\p{N}{1,3}", "\\s+", "[^a-z\\]]*")) {
            assertThat(SplitExpressions.known(known)).as(known).isTrue();
        }
        for (String unknown : List.of("", "ab", "a|b", "[a", "[a]+?+", "(a)", "[a&&b]")) {
            assertThat(SplitExpressions.known(unknown)).as(unknown).isFalse();
        }
    }

    private TextParts parts(ObjectNode json, TextLimits limits) {
        return TextParts.of(SmallTokenizers.file(SmallTokenizers.write(folder, json)), limits);
    }

    private void partsEqualTheWhole(ObjectNode json) {
        SmallTokenizers.withToken(json, TOKENS);
        SmallTokenizers.withToken(json, "<s>", "special", "lstrip");
        partsEqualTheWhole(json, true);
    }

    private void partsEqualTheWhole(ObjectNode json, boolean mustCut) {
        SmallTokenizers.write(folder, json);
        int[] parts = new int[1];
        try (HfTokenizer cut = HfTokenizer.read(folder, CUT_EARLY);
                HfTokenizer whole = HfTokenizer.read(folder)) {
            TextParts counted = TextParts.of(SmallTokenizers.file(folder), CUT_EARLY);
            Cases.check(60, seed -> {
                String text = text(new Random(seed));
                parts[0] += counted.of(text).size();
                assertThat(cut.encode(text))
                        .as(json.get("pre_tokenizer") + " of " + text)
                        .isEqualTo(whole.encode(text));
            });
        }
        assertThat(parts[0]).as("parts").isGreaterThan(mustCut ? 100 : 60);
    }

    private static void partsEqualTheWhole(Path tokenizer, String prose) {
        try (HfTokenizer cut = HfTokenizer.read(tokenizer, CUT_EARLY);
                HfTokenizer whole = HfTokenizer.read(tokenizer)) {
            assertThat(prose.length()).isLessThan(TextLimits.DEFAULT.part());
            assertThat(cut.encode(prose)).as(tokenizer.toString()).isEqualTo(whole.encode(prose));
            Cases.check(20, seed -> {
                String text = text(new Random(seed));
                assertThat(cut.encode(text)).as(tokenizer + " of " + text).isEqualTo(whole.encode(text));
            });
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        while (text.length() < 150) {
            switch (random.nextInt(12)) {
                case 0 -> text.append(TOKENS);
                case 1 -> text.append("<s>");
                case 2 -> text.append("e\u0301");
                case 3 -> text.append("'s");
                case 4 -> text.append("A,b");
                default ->
                    text.append(SmallTokenizers.ALPHABET.charAt(random.nextInt(SmallTokenizers.ALPHABET.length())));
            }
        }
        return text.toString();
    }

    private static String splitStep(String expression) {
        return "{\"type\":\"Split\",\"behavior\":\"Isolated\",\"invert\":false,\"pattern\":{\"Regex\":\"" + expression
                + "\"}}";
    }
}
