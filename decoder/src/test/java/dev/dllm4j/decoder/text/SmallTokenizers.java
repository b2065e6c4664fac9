package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Tokenizers that merge any two neighbours of a few characters, so that their ids tell where their pieces end. */
final class SmallTokenizers {
    /** What their texts are made of. */
    static final String ALPHABET = "abÉés世，。 \n\t,.'1_<>";

    static final String BYTE_LEVEL =
            "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":false,\"use_regex\":false}";

    /** The byte-level pre-tokenizer that splits as GPT-2's. */
    static final String GPT2 =
            "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":false,\"use_regex\":true}";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private SmallTokenizers() {}

    /** The byte-level pre-tokenizer that splits by an expression first. */
    static String splitBy(String expression) {
        ObjectNode split = MAPPER.createObjectNode()
                .put("type", "Split")
                .put("behavior", "Isolated")
                .put("invert", false);
        split.putObject("pattern").put("Regex", expression);
        return sequence(split.toString(), BYTE_LEVEL);
    }

    static String sequence(String... steps) {
        return "{\"type\":\"Sequence\",\"pretokenizers\":[" + String.join(",", steps) + "]}";
    }

    /** Byte-level BPE. */
    static ObjectNode bytes(String preTokenizer) {
        List<String> letters = new ArrayList<>();
        int[] codePoints = TokenFloor.byteLetters().toArray();
        for (int codePoint : codePoints) {
            letters.add(Character.toString(codePoint));
        }
        List<String> merged = ALPHABET.chars()
                .mapToObj(character -> Character.toString(character).getBytes(StandardCharsets.UTF_8))
                .flatMapToInt(bytes -> IntStream.range(0, bytes.length).map(index -> bytes[index] & 0xFF))
                .distinct()
                .mapToObj(SmallTokenizers::byteLetter)
                .toList();
        return bpe(letters, merged, preTokenizer);
    }

    /** BPE over characters, with one id for what is unknown. */
    static ObjectNode characters(String preTokenizer) {
        List<String> letters =
                (ALPHABET + "▁").chars().mapToObj(Character::toString).toList();
        ObjectNode json = bpe(letters, letters, preTokenizer);
        ((ObjectNode) json.get("model")).put("unk_token", "a").put("fuse_unk", true);
        return json;
    }

    /** Adds a token, {@code settings} being what makes it special, e.g. {@code "rstrip"}. */
    static ObjectNode withToken(ObjectNode json, String content, String... settings) {
        ArrayNode added = json.withArray("added_tokens");
        ObjectNode token = added.addObject().put("id", 5000 + added.size()).put("content", content);
        for (String setting : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
            token.put(setting, List.of(settings).contains(setting));
        }
        return json;
    }

    static ObjectNode withNormalizer(ObjectNode json, String normalizer) {
        return json.set("normalizer", parse(normalizer));
    }

    static Path write(Path folder, ObjectNode json) {
        try {
            MAPPER.writeValue(folder.resolve("tokenizer.json").toFile(), json);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TokenizerFile file(Path folder) {
        try {
            return TokenizerFile.parse(Files.readAllBytes(folder.resolve("tokenizer.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode bpe(List<String> letters, List<String> merged, String preTokenizer) {
        ObjectNode json = MAPPER.createObjectNode().put("version", "1.0");
        json.putArray("added_tokens");
        json.set("pre_tokenizer", parse(preTokenizer));
        ObjectNode model = json.putObject("model").put("type", "BPE");
        ObjectNode vocabulary = model.putObject("vocab");
        letters.forEach(letter -> vocabulary.put(letter, vocabulary.size()));
        ArrayNode merges = model.putArray("merges");
        for (String left : merged) {
            for (String right : merged) {
                merges.addArray().add(left).add(right);
                if (!vocabulary.has(left + right)) {
                    vocabulary.put(left + right, vocabulary.size());
                }
            }
        }
        return json;
    }

    private static String byteLetter(int value) {
        boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
        int before = (int) IntStream.range(0, value)
                .filter(other -> other < '!' || (other > '~' && other < 0xA1) || other == 0xAD)
                .count();
        return Character.toString(printable ? value : 256 + before);
    }

    private static JsonNode parse(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
