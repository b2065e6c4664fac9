package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.TokenNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** With the bundled model's vocabulary of some 870 words. */
class UnknownWordsTest {
    private static final Tokenizer STARTER = HfTokenizer.read(
            Path.of(System.getProperty("dllm4j.root"), "models/src/main/resources/dev/dllm4j/models/starter"));

    private final UnknownWords words = new UnknownWords(STARTER);

    @AfterAll
    static void close() {
        STARTER.close();
    }

    private Optional<String> doubt(String text) {
        return words.doubt(List.of(STARTER.encode(text)), List.of(text));
    }

    @Test
    void theyAreCountedAndNamedWithoutTheSignsAroundThem() {
        assertThat(doubt("How many days have two weeks? And a (fortnight)?"))
                .contains("2 of the prompt's 11 tokens are unknown to the model (And, fortnight); its vocabulary"
                        + " is not made for this text, so expect little of its answer");
        assertThat(doubt("Tom has quarks.")).get().asString().startsWith("1 of the prompt's 4 tokens is unknown to");
    }

    @Test
    void aWordThatIsKnownButForItsSignsIsNamedWithThem() {
        assertThat(doubt("Tom has apples!")).get().asString().contains("(apples!)");
    }

    @Test
    void aTextOfKnownWordsIsNotDoubted() {
        assertThat(doubt("Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?"))
                .isEmpty();
        assertThat(doubt("")).isEmpty();
    }

    /** However long the text and its words, and whatever is in them. */
    @Test
    void theLineIsShort() {
        String text = IntStream.range(0, 5000).mapToObj(number -> "w" + number).collect(Collectors.joining(" "));
        assertThat(doubt(text)).get().asString().contains("(w0, w1, w2, w3, w4, …)");
        assertThat(doubt("x".repeat(60_000)).orElseThrow())
                .contains("x".repeat(40) + "…)")
                .hasSizeLessThan(250);
        assertThat(doubt("a\u001b[31mred").orElseThrow()).doesNotContain("\u001b");
    }

    /** A long text costs little more than the encoding it had anyway. */
    @Test
    void onlySoManyWordsAreTried() {
        int[] calls = {0};
        UnknownWords counting = new UnknownWords(new TokenNames() {
            @Override
            public int[] encode(String text) {
                calls[0]++;
                return new int[] {5};
            }

            @Override
            public OptionalInt id(String token) {
                return token.equals("<unk>") ? OptionalInt.of(7) : OptionalInt.empty();
            }
        });
        String text = IntStream.range(0, 20_000).mapToObj(Integer::toString).collect(Collectors.joining(" "));
        assertThat(counting.doubt(List.of(new int[] {7, 5}), List.of(text)))
                .contains(
                        "1 of the prompt's 2 tokens is unknown to the model; its vocabulary is not made for this text,"
                                + " so expect little of its answer");
        assertThat(calls[0]).isBetween(500, 1000);
    }

    @Test
    void aWordIsCutBetweenItsCharacters() {
        List<String> encoded = new ArrayList<>();
        UnknownWords recording = new UnknownWords(new TokenNames() {
            @Override
            public int[] encode(String text) {
                encoded.add(text);
                return new int[] {7};
            }

            @Override
            public OptionalInt id(String token) {
                return token.equals("<unk>") ? OptionalInt.of(7) : OptionalInt.empty();
            }
        });
        String doubt = recording
                .doubt(List.of(new int[] {7}), List.of("\ud83d\ude00".repeat(60)))
                .orElseThrow();
        assertThat(doubt).contains("(" + "\ud83d\ude00".repeat(40) + "\u2026)");
        assertThat(encoded)
                .allSatisfy(
                        text -> assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(text))
                                .isTrue());
    }

    @Test
    void aVocabularyWithoutAnUnknownTokenLacksNothing() {
        int[] ids = IntStream.range(0, 90).toArray();
        assertThat(new UnknownWords(new TokenNames()).count(ids)).isZero();
        assertThat(new UnknownWords(new TokenNames()).doubt(List.of(ids), List.of(Arrays.toString(ids))))
                .isEmpty();
    }
}
