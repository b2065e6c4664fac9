package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The special tokens that a tokenizer's configuration names.
 *
 * @param byName named tokens, in the order in which new ones get ids
 * @param extra those without a name
 */
record NamedTokens(Map<String, AddedToken> byName, List<AddedToken> extra) {
    private static final List<String> STANDARD =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private static final String EXTRA = "extra_special_tokens";
    /** Where transformers 5 keeps named tokens that a model's own code knows. */
    private static final String OF_MODEL = "model_specific_special_tokens";

    private static final String ADDITIONAL = "additional_special_tokens";

    /** Names that {@link TokenizerConfig#isQwen2 some classes} have {@link #DEFAULT} for where no file has them. */
    private static final Set<String> WITH_DEFAULT = Set.of("eos_token", "pad_token", "unk_token");

    private static final AddedToken DEFAULT = AddedToken.special("<|endoftext|>");

    /**
     * The tokens of both files. A standard name is the map's where it has it, any other the configuration's, by a field
     * of its own before one of {@code model_specific_special_tokens};
     * {@code extra_special_tokens} is a list of nameless tokens, or an object of named ones, which beats every other
     * source; {@code additional_special_tokens} counts only where there is no such list.
     *
     * @param map the content of {@code special_tokens_map.json}, empty where it does not count
     */
    static NamedTokens of(ObjectNode config, ObjectNode map) {
        boolean defaults = TokenizerConfig.isQwen2(config);
        Map<String, AddedToken> names = new LinkedHashMap<>();
        for (String name : STANDARD) {
            if (map.has(name) || config.has(name)) {
                token(map.has(name) ? map.path(name) : config.path(name)).ifPresent(token -> names.put(name, token));
            } else if (defaults && WITH_DEFAULT.contains(name)) {
                names.put(name, DEFAULT);
            }
        }
        putAll(config.path(OF_MODEL), names);
        putOthers(map, names);
        putOthers(config, names);
        putAll(config.path(EXTRA), names);
        putAll(map.path(EXTRA), names);
        return new NamedTokens(names, extra(config, map));
    }

    private static void putOthers(ObjectNode file, Map<String, AddedToken> names) {
        for (Map.Entry<String, JsonNode> field : file.properties()) {
            if (field.getKey().endsWith("_token") && !STANDARD.contains(field.getKey())) {
                token(field.getValue()).ifPresent(token -> names.put(field.getKey(), token));
            }
        }
    }

    private static void putAll(JsonNode tokens, Map<String, AddedToken> names) {
        for (Map.Entry<String, JsonNode> field : tokens.properties()) {
            token(field.getValue()).ifPresent(token -> names.put(field.getKey(), token));
        }
    }

    private static List<AddedToken> extra(ObjectNode config, ObjectNode map) {
        JsonNode additional = config.path(ADDITIONAL);
        JsonNode own = config.path(EXTRA).isEmpty() && additional.isArray() ? additional : config.path(EXTRA);
        if (map.path(EXTRA).isArray()) {
            return both(tokens(own), tokens(map.path(EXTRA)));
        }
        return tokens(own.isArray() ? own : map.has(ADDITIONAL) ? map.path(ADDITIONAL) : additional);
    }

    private static List<AddedToken> both(List<AddedToken> first, List<AddedToken> second) {
        Set<String> known = first.stream().map(AddedToken::content).collect(Collectors.toSet());
        List<AddedToken> both = new ArrayList<>(first);
        second.stream().filter(token -> !known.contains(token.content())).forEach(both::add);
        return both;
    }

    private static List<AddedToken> tokens(JsonNode list) {
        List<AddedToken> tokens = new ArrayList<>();
        if (list.isArray()) {
            list.forEach(each -> token(each).ifPresent(tokens::add));
        }
        return tokens;
    }

    /** A special token stands in a file as its text, or as an object whose content it is. */
    private static Optional<AddedToken> token(JsonNode node) {
        if (node.isTextual()) {
            return Optional.of(AddedToken.special(node.textValue()));
        }
        return node.path("content").isTextual()
                ? Optional.of(AddedToken.of(node, true).asSpecial())
                : Optional.empty();
    }
}
