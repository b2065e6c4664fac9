package dev.dllm4j.decoder.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.AddedTokens.Entry;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Dream's published checkpoints carry no tokenizer.json but the vocabulary and merges of a tokenizer written in Python,
 * Qwen2's byte-level BPE. This writes the tokenizer.json that says the same.
 */
public final class SlowTokenizer {
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final int MOST_MERGES_BYTES = 32 << 20;

    /** Contractions, words, single digits, punctuation and white space, as those tokenizers split before merging. */
    private static final String SPLIT = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private SlowTokenizer() {}

    public static boolean isIn(Path folder) {
        return ReadableFile.exists(folder.resolve(VOCABULARY))
                && ReadableFile.exists(folder.resolve(MERGES))
                && ReadableFile.exists(folder.resolve(TokenizerConfig.FILE))
                && TokenizerConfig.isQwen2(JsonFile.read(folder.resolve(TokenizerConfig.FILE)));
    }

    /** Shows the vocabulary, without the tokens added to it. */
    static void scan(Path folder, VocabularyScan vocabulary) {
        JsonFile.read(folder.resolve(VOCABULARY))
                .properties()
                .forEach(token -> vocabulary.see(token.getKey(), id(folder, token)));
    }

    private static int id(Path folder, Map.Entry<String, JsonNode> token) {
        if (!token.getValue().isInt()) {
            throw new ModelException(folder.resolve(VOCABULARY) + ": the id of " + Quote.content(token.getKey())
                    + " is " + Quote.content(token.getValue()) + "; it must be a whole number; correct the file");
        }
        return token.getValue().intValue();
    }

    /**
     * Writes a tokenizer.json.
     *
     * @param added the tokens beside the vocabulary; {@code tokenizer.json} gives them the ids they have here
     */
    public static void write(Path folder, Path tokenizer, List<Entry> added) {
        ObjectNode json = JsonFile.MAPPER.createObjectNode().put("version", "1.0");
        json.putNull("truncation").putNull("padding");
        ArrayNode tokens = json.putArray("added_tokens");
        added.forEach(entry -> tokens.add(entry.token().json(entry.id())));
        json.putObject("normalizer").put("type", "NFC");
        ArrayNode steps =
                json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        steps.addObject()
                .put("type", "Split")
                .put("behavior", "Isolated")
                .put("invert", false)
                .putObject("pattern")
                .put("Regex", SPLIT);
        steps.add(byteLevel());
        json.set("post_processor", byteLevel());
        json.set("decoder", byteLevel());
        json.set("model", model(folder, added));
        try {
            JsonFile.MAPPER.writeValue(tokenizer.toFile(), json);
        } catch (IOException e) {
            throw FileFailure.writing(tokenizer, e);
        }
    }

    private static ObjectNode byteLevel() {
        return JsonFile.MAPPER
                .createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", false);
    }

    private static ObjectNode model(Path folder, List<Entry> added) {
        ObjectNode model = JsonFile.MAPPER.createObjectNode().put("type", "BPE");
        model.putNull("dropout").putNull("unk_token");
        model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "");
        model.put("fuse_unk", false).put("byte_fallback", false);
        ObjectNode vocabulary = JsonFile.read(folder.resolve(VOCABULARY));
        // Left out of it, added tokens would get the ids after its last, one after the other, whatever is stated.
        added.forEach(entry -> vocabulary.put(entry.token().content(), entry.id()));
        model.set("vocab", vocabulary);
        ArrayNode merges = model.putArray("merges");
        Path file = folder.resolve(MERGES);
        try {
            ReadableFile.lines(file, MOST_MERGES_BYTES).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                    .forEach(merges::add);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
        return model;
    }
}
