package dev.dllm4j.train.words;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.train.file.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a vocabulary as the Hugging Face libraries read it. */
public final class TokenizerFiles {
    public static final String TOKENIZER = "tokenizer.json";

    private static final String CHAT_TEMPLATE = "{% for message in messages %}{% if message['role'] == 'user' %}"
            + "{{ '<|startoftext|>' + message['content'] | trim + '<|answer|>' }}"
            + "{% elif message['role'] == 'assistant' %}{{ message['content'] | trim + '<|endoftext|>' }}"
            + "{% endif %}{% endfor %}";

    private TokenizerFiles() {}

    /** Writes tokenizer.json and tokenizer_config.json to a folder. */
    public static void write(WordVocabulary vocabulary, Path folder) throws IOException {
        write(folder.resolve(TOKENIZER), tokenizer(vocabulary));
        write(folder.resolve("tokenizer_config.json"), config());
    }

    private static Map<String, Object> tokenizer(WordVocabulary vocabulary) {
        Map<String, Object> blanks = object(
                "type", "Metaspace", "replacement", WordVocabulary.BLANK, "prepend_scheme", "always", "split", true);
        Map<String, Object> punctuation =
                object("type", "Split", "pattern", object("Regex", "[.,?]"), "behavior", "Isolated", "invert", false);
        Map<String, Object> digits = object("type", "Digits", "individual_digits", true);
        Map<String, Object> json = object("version", "1.0", "added_tokens", added());
        json.put("pre_tokenizer", object("type", "Sequence", "pretokenizers", List.of(blanks, punctuation, digits)));
        json.put("decoder", blanks);
        json.put("model", object("type", "WordLevel", "vocab", vocabulary.ids(), "unk_token", "<|unk|>"));
        for (String unused : List.of("truncation", "padding", "normalizer", "post_processor")) {
            json.put(unused, null);
        }
        return json;
    }

    private static List<Map<String, Object>> added() {
        List<String> specials = WordVocabulary.specials();
        return specials.stream()
                .map(token -> {
                    Map<String, Object> entry = object("id", specials.indexOf(token));
                    entry.putAll(special(token));
                    return entry;
                })
                .toList();
    }

    private static Map<String, Object> config() {
        Map<String, Object> byId = new LinkedHashMap<>();
        WordVocabulary.specials().forEach(token -> byId.put(String.valueOf(byId.size()), special(token)));
        Map<String, Object> json = object("tokenizer_class", "PreTrainedTokenizerFast", "add_bos_token", false);
        json.putAll(object("bos_token", "<|startoftext|>", "eos_token", "<|endoftext|>"));
        json.putAll(object("pad_token", "<|endoftext|>", "mask_token", "<|mask|>", "unk_token", "<|unk|>"));
        json.putAll(object("clean_up_tokenization_spaces", false, "added_tokens_decoder", byId));
        json.put("chat_template", CHAT_TEMPLATE);
        return json;
    }

    private static Map<String, Object> special(String token) {
        Map<String, Object> entry = object("content", token, "special", true);
        List.of("single_word", "lstrip", "rstrip", "normalized").forEach(flag -> entry.put(flag, false));
        return entry;
    }

    /** Names and values by turns, in this order. */
    private static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int index = 0; index < namesAndValues.length; index += 2) {
            object.put((String) namesAndValues[index], namesAndValues[index + 1]);
        }
        return object;
    }

    private static void write(Path file, Map<String, Object> json) throws IOException {
        byte[] bytes = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
        WholeFile.write(file, channel -> WholeFile.writeFully(channel, ByteBuffer.wrap(bytes)));
    }
}
