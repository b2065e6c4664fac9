package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.file.Quote;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What the files beside a {@code tokenizer.json} say of tokens: {@code tokenizer_config.json}, and where it has no
 * {@code added_tokens_decoder} also {@code special_tokens_map.json}, which overrides it, and {@code added_tokens.json}.
 * The precedence is transformers 5.24's.
 *
 * @param named tokens by the names under which a chat template knows them, e.g. {@code eos_token}
 * @param extra special tokens without a name
 * @param declared tokens by the ids that the files state
 * @param complete whether {@code declared} is the whole of the matter: {@code added_tokens_decoder} is there
 */
public record TokenizerConfig(
        Map<String, AddedToken> named,
        List<AddedToken> extra,
        SortedMap<Integer, AddedToken> declared,
        boolean complete) {
    public static final String FILE = "tokenizer_config.json";
    private static final String TOKEN_MAP = "special_tokens_map.json";
    private static final String OLD_TOKENS = "added_tokens.json";
    private static final String DECODER = "added_tokens_decoder";
    private static final Set<String> QWEN2 = Set.of("Qwen2Tokenizer", "Qwen2TokenizerFast", "DreamTokenizer");

    /**
     * Reads the files of a folder.
     *
     * @param json reads a file, to an empty object where it is not there
     * @throws IllegalArgumentException where a token's id is not a number
     */
    public static TokenizerConfig read(Path folder, Function<Path, ObjectNode> json) {
        Path file = folder.resolve(FILE);
        ObjectNode config = json.apply(file);
        if (config.path(DECODER).isObject()) {
            NamedTokens tokens = NamedTokens.of(config, config.objectNode());
            return new TokenizerConfig(tokens.byName(), tokens.extra(), declared(file, config.path(DECODER)), true);
        }
        NamedTokens tokens = NamedTokens.of(config, json.apply(folder.resolve(TOKEN_MAP)));
        Path old = folder.resolve(OLD_TOKENS);
        return new TokenizerConfig(tokens.byName(), tokens.extra(), old(old, json.apply(old), tokens), false);
    }

    /** Whether the content of a {@code tokenizer_config.json} names Qwen2's tokenizer, or Dream's, which is the same. */
    public static boolean isQwen2(ObjectNode config) {
        return QWEN2.contains(config.path("tokenizer_class").asText());
    }

    public TokenizerConfig {
        named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
        extra = List.copyOf(extra);
        declared = Collections.unmodifiableSortedMap(new TreeMap<>(declared));
    }

    private static SortedMap<Integer, AddedToken> declared(Path file, JsonNode tokens) {
        SortedMap<Integer, AddedToken> declared = new TreeMap<>();
        tokens.properties().forEach(token -> declared.put(key(file, token.getKey()), AddedToken.of(token.getValue())));
        return declared;
    }

    private static SortedMap<Integer, AddedToken> old(Path file, ObjectNode tokens, NamedTokens names) {
        Set<String> special = new HashSet<>();
        names.byName().values().forEach(token -> special.add(token.content()));
        names.extra().forEach(token -> special.add(token.content()));
        SortedMap<Integer, AddedToken> declared = new TreeMap<>();
        for (Map.Entry<String, JsonNode> token : tokens.properties()) {
            String content = token.getKey();
            declared.put(
                    id(file, content, token.getValue()),
                    special.contains(content) ? AddedToken.special(content) : AddedToken.plain(content));
        }
        return declared;
    }

    private static Integer key(Path file, String key) {
        try {
            int id = Integer.parseInt(key);
            if (id >= 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(file + ": " + DECODER + " has " + Quote.content(key)
                + "; its names must be token ids; correct the file");
    }

    private static int id(Path file, String content, JsonNode id) {
        if (!id.isInt() || id.intValue() < 0) {
            throw new IllegalArgumentException(file + ": the id of " + Quote.content(content) + " is "
                    + Quote.content(id) + "; it must be a whole number of at least 0; correct the file");
        }
        return id.intValue();
    }
}
