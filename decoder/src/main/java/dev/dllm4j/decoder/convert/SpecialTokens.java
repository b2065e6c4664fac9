package dev.dllm4j.decoder.convert;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The token ids with a meaning of their own, from all the files a checkpoint spreads them over.
 *
 * @param mask id that stands for "not yet decoded"
 * @param end ids that end a text: the configured ones, and the chat formats' ends of turn
 * @param pad ids that only fill the canvas behind an end: {@code pad_token_id}, or a cycle in {@code pad_token_ids}
 */
record SpecialTokens(int mask, Set<Integer> end, Set<Integer> pad) {
    private static final Set<String> ENDS_OF_TURN = Set.of("<|eot_id|>", "<|im_end|>");

    SpecialTokens {
        end = Set.copyOf(end);
        pad = Set.copyOf(pad);
    }

    static SpecialTokens read(Path folder, ConfigFile config) {
        Map<String, Integer> added = TokenizerFiles.addedTokens(folder);
        Set<Integer> end = new TreeSet<>(config.ids("eos_token_id"));
        end.addAll(ConfigFile.readIfPresent(folder.resolve("generation_config.json"))
                .ids("eos_token_id"));
        added.forEach((token, id) -> {
            if (ENDS_OF_TURN.contains(token)) {
                end.add(id);
            }
        });
        Set<Integer> pad = Stream.of("pad_token_id", "pad_token_ids")
                .flatMap(field -> config.ids(field).stream())
                .filter(id -> !end.contains(id))
                .collect(Collectors.toSet());
        return new SpecialTokens(mask(folder, config, added), end, pad);
    }

    private static int mask(Path folder, ConfigFile config, Map<String, Integer> added) {
        Set<Integer> ids = config.ids("mask_token_id");
        if (ids.size() == 1) {
            return ids.iterator().next();
        }
        ConfigFile tokenizer = ConfigFile.readIfPresent(folder.resolve("tokenizer_config.json"));
        Integer id = tokenizer.has("mask_token") ? added.get(tokenizer.token("mask_token")) : null;
        if (id == null) {
            throw config.wrong("mask_token_id", "a diffusion model needs one", "add the id of its mask token");
        }
        return id;
    }
}
