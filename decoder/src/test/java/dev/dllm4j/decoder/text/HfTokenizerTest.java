package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.StarterReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HfTokenizerTest {
    private static final int END = 262;
    private static final int MASK = 263;

    @Test
    void encodesAndDecodesAsTheReferenceDoes() throws IOException {
        JsonNode cases = Samples.json(GoldenFolder.find("tokenizer/tiny.json")).get("cases");
        try (Tokenizer tokenizer = Samples.goldenTokenizer()) {
            for (JsonNode each : cases) {
                String text = each.get("text").asText();
                int[] ids = Samples.ids(each.get("ids"));
                assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
                assertThat(tokenizer.decode(ids))
                        .isEqualTo(each.get("decoded_skip_special").asText());
            }
        }
        assertThat(cases).hasSizeGreaterThan(20);
    }

    @Test
    void encodesQuestionsOfGradeSchoolMathsAsTheReferenceDoes() throws IOException {
        JsonNode questions = Samples.questions();
        try (Tokenizer tokenizer = Samples.goldenTokenizer()) {
            for (JsonNode question : questions) {
                String text = question.get("text").asText();
                int[] ids = Samples.ids(question.get("ids"));
                assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
                assertThat(tokenizer.decode(ids)).isEqualTo(text);
            }
        }
        assertThat(questions).hasSize(40);
    }

    @Test
    void theBundledModelReadsWordsDigitsAndSpecialTokens() {
        try (Tokenizer tokenizer = HfTokenizer.read(StarterReference.checkpoint())) {
            int[] ids = tokenizer.encode("<|startoftext|>Tom has 12 apples.<|answer|>");
            assertThat(tokenizer.decode(ids)).isEqualTo("Tom has 12 apples.");
            assertThat(ids).startsWith(2).endsWith(3).doesNotContain(11).hasSize(9);
        }
    }

    @Test
    void bytesMergeAsTheFileSays() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(tokenizer.encode("hello")).containsExactly(259);
            assertThat(tokenizer.encode("hell, he")).containsExactly(258, ',', ' ', 256);
            assertThat(tokenizer.encode("a world")).containsExactly('a', 260, 'o', 'r', 'l', 'd');
            assertThat(tokenizer.encode("é€😀\0"))
                    .containsExactly(0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0);
            assertThat(tokenizer.decode(new int[] {259, 260, 0xC3, 0xA9, 0})).isEqualTo("hello wé\0");
        }
    }

    @Test
    void wordsKeepTheirSpacesAndUnknownOnesHaveNoText() {
        try (Tokenizer tokenizer = Samples.words()) {
            int[] ids = tokenizer.encode("Tom has 12 apples. Eve?");
            assertThat(ids).containsExactly(12, 13, 7, 9, 10, 14, 5, 4, 6);
            assertThat(tokenizer.decode(ids)).isEqualTo("Tom has 12 apples.?");
        }
    }

    @Test
    void aLongTextIsNeitherCutNorPaddedWhateverTheFileAsks() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(tokenizer.encode("x".repeat(2_000))).hasSize(2_000);
            assertThat(tokenizer.encode("x")).containsExactly('x');
            assertThat(tokenizer.encode("")).isEmpty();
        }
    }

    @Test
    void specialTokensAreReadInTheTextAndSkippedInTheAnswer() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(tokenizer.encode("a<|mask|><|end|>b")).containsExactly('a', MASK, END, 'b');
            assertThat(tokenizer.decode(new int[] {'a', MASK, END, 'b'})).isEqualTo("ab");
            assertThat(tokenizer.decode(tokenizer.encode("<think>so"))).isEqualTo("<think>so");
            assertThat(tokenizer.special(MASK)).isTrue();
            assertThat(IntStream.of(264, 'a', -1, 9_999)).noneMatch(tokenizer::special);
        }
    }

    @Test
    void everyTokenHasItsId() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(tokenizer.id("<|mask|>")).hasValue(MASK);
            assertThat(tokenizer.id("<think>")).hasValue(264);
            assertThat(tokenizer.id("Ġw")).hasValue(260);
            assertThat(tokenizer.id("<|absent|>")).isEmpty();
        }
    }

    @Test
    void aVocabularyListedWithScoresCountsIds(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"version": "1.0", "added_tokens": [], "decoder": {"type": "Fuse"},
                 "model": {"type": "Unigram", "unk_id": 0, "vocab": [["?", 0.0], ["ab", -1.0], ["c", -2.0]]}}
                """);
        try (Tokenizer tokenizer = HfTokenizer.read(folder)) {
            assertThat(tokenizer.id("c")).hasValue(2);
            assertThat(tokenizer.encode("abc")).containsExactly(1, 2);
            assertThat(tokenizer.decode(new int[] {1, 2})).isEqualTo("abc");
        }
    }

    @Test
    void idsOutsideTheVocabularyHaveNoText() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(tokenizer.decode(new int[] {'a', -1, 9_999, 'b'})).isEqualTo("ab");
        }
    }

    @Test
    void aFolderWithoutTokenizerIsRefused(@TempDir Path folder) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HfTokenizer.read(folder))
                .withMessage("tokenizer.json is missing in " + folder
                        + "; a model folder must hold its tokenizer; copy the file there from where the model came");
    }

    @Test
    void aFileThatIsNoTokenizerIsRefusedInOneLine(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        for (String content : List.of("", "[]", "{", "{}", "{\n \"model\": \n", "{\"model\": {\"type\": \"BPE\"}}")) {
            Files.writeString(file, content);
            assertThatIllegalArgumentException()
                    .as(content)
                    .isThrownBy(() -> HfTokenizer.read(folder))
                    .withMessageStartingWith(file + " is not a tokenizer: ")
                    .withMessageEndingWith("; copy it again")
                    .withMessageNotContaining("\n");
        }
    }

    @Test
    void threadsShareOneTokenizer() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            List<OptionalInt> lengths = IntStream.range(0, 400)
                    .parallel()
                    .mapToObj(length -> OptionalInt.of(tokenizer.encode("x".repeat(length)).length))
                    .toList();
            assertThat(lengths)
                    .isEqualTo(IntStream.range(0, 400).mapToObj(OptionalInt::of).toList());
        }
    }

    @Test
    void closingWaitsForCallsUnderWayAndRefusesLaterOnes() {
        for (int round = 0; round < 20; round++) {
            Tokenizer tokenizer = Samples.bytes();
            List<CompletableFuture<Void>> calls = IntStream.range(0, 4)
                    .mapToObj(caller -> CompletableFuture.runAsync(() -> encodeUntilClosed(tokenizer)))
                    .toList();
            tokenizer.close();
            tokenizer.close();
            calls.forEach(CompletableFuture::join);
            assertThatIllegalStateException().isThrownBy(() -> tokenizer.decode(new int[] {1}));
        }
    }

    private static void encodeUntilClosed(Tokenizer tokenizer) {
        try {
            for (int call = 0; call < 10_000; call++) {
                tokenizer.encode("hello world");
            }
        } catch (IllegalStateException closed) {
            assertThat(closed).hasMessageContaining("released");
        }
    }
}
