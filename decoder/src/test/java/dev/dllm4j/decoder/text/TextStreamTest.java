package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.golden.StarterReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextStreamTest {
    private static final int END = 262;

    @Test
    void piecesOfTheReferenceTextsGiveTheWholeText() throws IOException {
        JsonNode cases = Samples.json(GoldenFolder.find("tokenizer/tiny.json")).get("cases");
        try (Tokenizer tokenizer = Samples.goldenTokenizer()) {
            for (JsonNode group : List.of(cases, Samples.questions())) {
                for (JsonNode each : group) {
                    int[] ids = Samples.ids(each.get("ids"));
                    checkTokenByToken(tokenizer, ids);
                    checkInChunks(
                            tokenizer,
                            ids,
                            new Random(ids.length),
                            each.get("text").asText());
                }
            }
        }
    }

    @Test
    void piecesOfTheBundledModelsTextsGiveTheWholeText() throws IOException {
        JsonNode decodes = StarterReference.read().get("plain_decodes");
        try (Tokenizer tokenizer = HfTokenizer.read(StarterReference.checkpoint())) {
            for (JsonNode decode : decodes) {
                checkTokenByToken(tokenizer, Samples.ids(decode.get("final_ids")));
            }
        }
        assertThat(decodes).isNotEmpty();
    }

    @Test
    void anyIdsInAnyPiecesGiveTheWholeText() {
        try (Tokenizer bytes = Samples.bytes();
                Tokenizer words = Samples.words()) {
            for (long seed = 0; seed < 300; seed++) {
                var random = new Random(seed);
                checkInChunks(bytes, random.ints(40, 0, 266).toArray(), random, "seed " + seed);
                checkInChunks(bytes, utf8(random), random, "seed " + seed);
                checkInChunks(words, random.ints(40, 0, 18).toArray(), random, "seed " + seed);
            }
        }
    }

    @Test
    void aCharacterComesWithItsLastByte() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(pieces(tokenizer, 'a', 0xF0, 0x9F, 0x98, 0x80, 0xC3, 0xA9, 'b'))
                    .containsExactly("a", "", "", "", "😀", "", "é", "b", "");
        }
    }

    @Test
    void aSpecialTokenInsideACharacterIsSkipped() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(pieces(tokenizer, 0xE2, END, 0x82, END, 0xAC)).containsExactly("", "", "", "", "€", "");
        }
    }

    @Test
    void bytesThatFormNoCharacterWaitForWhatFollows() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            assertThat(pieces(tokenizer, 0xE2, 0x82, 'a', 0xFF, 0xF0, 0x9F))
                    .containsExactly("", "", "\uFFFDa", "", "", "", "\uFFFD\uFFFD");
        }
    }

    @Test
    void textBeforeAnIncompleteCharacterDoesNotWait() {
        try (Tokenizer tokenizer = Samples.bytes()) {
            var stream = new TextStream(tokenizer);
            int[] ids = {259, 0xC3, 0xA9, 260};
            assertThat(stream.append(ids, 0, 2)).isEqualTo("hello");
            assertThat(stream.append(ids, 0, 4)).isEqualTo("é w");
            assertThat(stream.finish()).isEmpty();
        }
    }

    @Test
    void spacesComeBeforeTheirWordsButNotBeforeTheFirst() {
        try (Tokenizer tokenizer = Samples.words()) {
            assertThat(pieces(tokenizer, 12, 13, 7, 9, 10, 14, 5))
                    .containsExactly("Tom", " has", " ", "1", "2", " apples", ".", "");
        }
    }

    @Test
    void theGeneratedIdsMayLieAnywhereInACanvas() {
        try (Tokenizer tokenizer = Samples.words()) {
            var stream = new TextStream(tokenizer);
            int[] canvas = {2, 12, 13, 3, 12, 13, 0, 14};
            assertThat(stream.append(canvas, 4, 4)).isEmpty();
            assertThat(stream.append(canvas, 4, 6)).isEqualTo("Tom has");
            canvas[6] = 9;
            assertThat(stream.append(canvas, 4, 8)).isEqualTo("1 apples");
        }
    }

    @Test
    void whatIsOutStandsWhereByteFallbackWouldTakeItBack(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"version": "1.0", "added_tokens": [],
                 "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
                 "model": {"type": "BPE", "byte_fallback": true, "unk_token": "a", "merges": [],
                  "vocab": {"a": 0, "<0xE2>": 1, "<0x82>": 2, "<0xAC>": 3}}}
                """);
        try (Tokenizer tokenizer = HfTokenizer.read(folder)) {
            checkTokenByToken(tokenizer, new int[] {0, 1, 2, 3, 1, 2, 3, 0, 0});
            assertThat(tokenizer.decode(new int[] {1, 2, 3, 2})).isEqualTo("\uFFFD\uFFFD\uFFFD\uFFFD");
            assertThat(pieces(tokenizer, 1, 2, 3, 2, 0)).startsWith("", "", "€", "");
        }
    }

    @Test
    void aLongAnswerCostsAFewDecodesOfEachToken() {
        var counting = new CountingTokenizer();
        var stream = new TextStream(counting);
        int[] ids = new Random(1).ints(1_000, 'a', 'z').toArray();
        var text = new StringBuilder();
        for (int to = 1; to <= ids.length; to++) {
            text.append(stream.append(ids, 0, to));
        }
        assertThat(text.toString()).isEqualTo(new CountingTokenizer().decode(ids));
        assertThat(counting.decoded).isLessThanOrEqualTo(3 * ids.length);
    }

    @Test
    void aPrefixThatShrinksIsRefused() {
        var stream = new TextStream(new CountingTokenizer());
        stream.append(new int[] {'a', 'b'}, 0, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> stream.append(new int[] {'a'}, 0, 1))
                .withMessage(
                        "the settled prefix is 1 ids long; it was 2 and must never shrink; hand in settled ids only");
    }

    @Test
    void aFinishedTextTakesNoMoreIds() {
        var stream = new TextStream(new CountingTokenizer());
        assertThat(stream.finish()).isEmpty();
        assertThat(stream.finish()).isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> stream.append(new int[] {'a'}, 0, 1))
                .withMessage("the text is finished; a stream serves one canvas; start another");
    }

    /** The pieces after each id, and at the end. */
    private static List<String> pieces(Tokenizer tokenizer, int... ids) {
        var stream = new TextStream(tokenizer);
        List<String> pieces = new ArrayList<>();
        for (int to = 1; to <= ids.length; to++) {
            pieces.add(stream.append(ids, 0, to));
        }
        pieces.add(stream.finish());
        return pieces;
    }

    private static void checkTokenByToken(Tokenizer tokenizer, int[] ids) {
        assertThat(String.join("", pieces(tokenizer, ids))).isEqualTo(tokenizer.decode(ids));
    }

    /** Also checks after each piece that nothing is out which the whole text does not begin with. */
    private static void checkInChunks(Tokenizer tokenizer, int[] ids, Random random, String name) {
        String whole = tokenizer.decode(ids);
        var stream = new TextStream(tokenizer);
        var text = new StringBuilder();
        for (int to = 0; to < ids.length; ) {
            to = Math.min(ids.length, to + random.nextInt(6));
            text.append(stream.append(ids, 0, to));
            assertThat(whole).as(name).startsWith(text.toString());
            assertThat(stream.length())
                    .as(name)
                    .isEqualTo(tokenizer.decode(Arrays.copyOf(ids, to)).length());
        }
        assertThat(text.append(stream.finish()).toString()).as(name).isEqualTo(whole);
    }

    /** Bytes of characters of one to four bytes, each its own token. */
    private static int[] utf8(Random random) {
        var text = new StringBuilder();
        random.ints(20, 0, 5)
                .forEach(kind ->
                        text.append(List.of("a", "é", "€", "😀", "\uFFFD").get(kind)));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int index = 0; index < ids.length; index++) {
            ids[index] = Byte.toUnsignedInt(bytes[index]);
        }
        return ids;
    }

    /** Every id is a character; counts the ids it was asked to decode. */
    private static final class CountingTokenizer implements Tokenizer {
        private int decoded;

        @Override
        public int[] encode(String text) {
            return text.chars().toArray();
        }

        @Override
        public String decode(int[] ids) {
            decoded += ids.length;
            return new String(ids, 0, ids.length);
        }

        @Override
        public OptionalInt id(String token) {
            return OptionalInt.empty();
        }

        @Override
        public boolean special(int id) {
            return false;
        }

        @Override
        public void close() {}
    }
}
