package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.text.TokenFloor.Measure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenFloorTest {

    @TempDir
    Path folder;

    @Test
    void noTextHasFewerTokensThanItsFloor() {
        ObjectNode composing =
                SmallTokenizers.withNormalizer(SmallTokenizers.bytes(SmallTokenizers.GPT2), "{\"type\":\"NFC\"}");
        for (ObjectNode json : new ObjectNode[] {
            SmallTokenizers.bytes(SmallTokenizers.GPT2),
            composing,
            SmallTokenizers.withToken(SmallTokenizers.bytes(SmallTokenizers.GPT2), "<s>", "lstrip"),
            SmallTokenizers.withToken(composing.deepCopy(), "<s>", "rstrip", "normalized")
        }) {
            SmallTokenizers.write(folder, json);
            try (HfTokenizer tokenizer = HfTokenizer.read(folder)) {
                Cases.check(100, seed -> {
                    String text = text(new Random(seed));
                    assertThat(tokenizer.fewestTokens(text))
                            .as(text)
                            .isPositive()
                            .isLessThanOrEqualTo(tokenizer.encode(text).length);
                });
            }
        }
    }

    @Test
    void theFloorIsTheTextsBytesByTheLongestTokensBytes() {
        TokenFloor floor = floor(SmallTokenizers.bytes(SmallTokenizers.GPT2));

        assertThat(floor).isEqualTo(new TokenFloor(Measure.BYTES, 2, true));
        assertThat(floor.of("")).isZero();
        assertThat(floor.of("abcde")).isEqualTo(3);
        assertThat(floor.of("世😀")).isEqualTo(4);
    }

    @Test
    void anAddedTokenCountsInBytesAndMayTakeInWhiteSpace() {
        ObjectNode json = SmallTokenizers.withToken(SmallTokenizers.bytes(SmallTokenizers.GPT2), "<世界>", "rstrip");

        assertThat(floor(json)).isEqualTo(new TokenFloor(Measure.BYTES, 8, false));
        assertThat(floor(json).of("        a \n b")).isEqualTo(1);
    }

    @Test
    void nothingIsKnownWhereWordsOrGapsMayBeOfAnyLength() {
        ObjectNode incomplete = SmallTokenizers.bytes(SmallTokenizers.GPT2);
        ((ObjectNode) incomplete.at("/model/vocab")).remove("z");
        ObjectNode fused = SmallTokenizers.characters(SmallTokenizers.GPT2);
        ObjectNode stripped = SmallTokenizers.withNormalizer(
                SmallTokenizers.bytes(SmallTokenizers.GPT2),
                "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}");
        ObjectNode dropping =
                SmallTokenizers.bytes(SmallTokenizers.sequence("{\"type\":\"WhitespaceSplit\"}", SmallTokenizers.GPT2));

        for (ObjectNode json : new ObjectNode[] {incomplete, fused, stripped, dropping}) {
            assertThat(floor(json).measure()).isEqualTo(Measure.NONE);
            assertThat(floor(json).of("x".repeat(1000))).isZero();
        }
        assertThat(TokenFloor.of(SmallTokenizers.file(Samples.resource("words")))
                        .measure())
                .isEqualTo(Measure.NONE);
    }

    @Test
    void charactersCountWhereBytesStandInForUnknownOnes() {
        ObjectNode json = SmallTokenizers.characters("null");
        ObjectNode model = (ObjectNode) json.get("model");
        model.put("byte_fallback", true);
        for (int value = 0; value < 256; value++) {
            ((ObjectNode) model.get("vocab")).put(String.format(Locale.ROOT, "<0x%02X>", value), 3000 + value);
        }
        SmallTokenizers.withNormalizer(
                json,
                "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"▁\"},"
                        + "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"▁\"}]}");

        assertThat(floor(json)).isEqualTo(new TokenFloor(Measure.CHARACTERS, 6, true));
        assertThat(floor(json).of("0123456789ab😀")).isEqualTo(3);
        try (HfTokenizer tokenizer = HfTokenizer.read(folder)) {
            assertThat(tokenizer.encode("0123456789ab😀")).hasSizeGreaterThan(3);
        }
    }

    @Test
    void compositionLeavesAQuarterOfTheBytesBeyondAscii() {
        Map<String, Integer> longest = new HashMap<>();
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (Character.isDefined(codePoint) && Character.getType(codePoint) != Character.SURROGATE) {
                String text = Character.toString(codePoint);
                longest.merge(Normalizer.normalize(text, Normalizer.Form.NFD), bytes(text), Math::max);
            }
        }
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (Character.isDefined(codePoint) && Character.getType(codePoint) != Character.SURROGATE) {
                String text = Character.toString(codePoint);
                int ascii = 0;
                int beyond = 0;
                for (int part : Normalizer.normalize(text, Normalizer.Form.NFD)
                        .codePoints()
                        .toArray()) {
                    int most = longest.getOrDefault(Character.toString(part), 1);
                    ascii += most == 1 ? 1 : 0;
                    beyond += most == 1 ? 0 : most;
                }
                int composed = bytes(Normalizer.normalize(text, Normalizer.Form.NFC));
                assertThat(TokenFloor.COMPOSITION * (composed - ascii))
                        .as("U+%04X", codePoint)
                        .isGreaterThanOrEqualTo(beyond);
            }
        }
    }

    private TokenFloor floor(ObjectNode json) {
        return TokenFloor.of(SmallTokenizers.file(SmallTokenizers.write(folder, json)));
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String text(Random random) {
        String[] pieces = {
            "a", "b", "é", "e\u0301", "\u1FBE\u0308\u0301", "\u212A", "世", " ", "  ", "<s>", "s", ",", "\n", "😀"
        };
        StringBuilder text = new StringBuilder();
        for (int piece = 0; piece < 60; piece++) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }
}
