package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.CheckpointTokens;
import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The token ids with a meaning of their own, from all the files a checkpoint spreads them over.
 *
 * @param mask id that stands for "not yet decoded"
 * @param end ids that end a text: those of config.json, of generation_config.json, and the tokenizer's end token, in
 *     this order and each list in its own, then the chat formats' ends of turn
 * @param pad ids that only fill the canvas after an end: {@code pad_token_id}, or a cycle in {@code pad_token_ids}
 */
public record SpecialTokens(int mask, Set<Integer> end, Set<Integer> pad) {
    private static final String END = "eos_token_id";
    private static final List<String> ENDS_OF_TURN = List.of("<|eot_id|>", "<|im_end|>");

    public SpecialTokens {
        end = Collections.unmodifiableSet(new LinkedHashSet<>(end));
        pad = Set.copyOf(pad);
    }

    /**
     * Reads them.
     *
     * @param config the checkpoint's config.json
     * @param rows of the embedding
     * @param options whose mask goes before all others
     * @param known the mask of the family's checkpoints, where no file names one
     * @throws ModelException also where the tokenizer has tokens for which the embedding has no row
     */
    static SpecialTokens read(Path folder, ConfigFile config, int rows, FamilyOptions options, OptionalInt known) {
        CheckpointTokens tokens = CheckpointTokens.read(folder, rows);
        tokens.requireRows();
        requireRows(config, rows);
        requireRows(generation(folder), rows);
        Set<Integer> end = configuredEnds(folder, config, tokens);
        ENDS_OF_TURN.forEach(token -> tokens.id(token).ifPresent(end::add));
        Set<Integer> pad = Stream.of("pad_token_id", "pad_token_ids")
                .flatMap(field -> config.ids(field).stream())
                .filter(id -> !end.contains(id))
                .collect(Collectors.toSet());
        return new SpecialTokens(mask(config, tokens, rows, options.maskToken(), known), end, pad);
    }

    /** Without ends of turn; a list's order stays, and its first is the one that training takes. */
    public static Set<Integer> configuredEnds(Path folder, ConfigFile config, CheckpointTokens tokens) {
        Set<Integer> ends = new LinkedHashSet<>(config.ids(END));
        ends.addAll(generation(folder).ids(END));
        tokens.named("eos_token").ifPresent(ends::add);
        return ends;
    }

    private static ConfigFile generation(Path folder) {
        return ConfigFile.readIfPresent(folder.resolve("generation_config.json"));
    }

    private static void requireRows(ConfigFile config, int rows) {
        if (config.ids(END).stream().anyMatch(id -> id < 0 || id >= rows)) {
            throw config.wrong(END, "the model's tokens are 0 to " + (rows - 1), "correct it");
        }
    }

    private static int mask(ConfigFile config, CheckpointTokens tokens, int rows, OptionalInt said, OptionalInt known) {
        Set<Integer> configured = config.ids("mask_token_id");
        if (said.isPresent()) {
            if (said.getAsInt() >= rows) {
                throw new ModelException("mask id is " + said.getAsInt() + "; the model's tokens are 0 to " + (rows - 1)
                        + ", so give the one of its mask token");
            }
            return said.getAsInt();
        }
        if (configured.size() == 1) {
            return configured.iterator().next();
        }
        OptionalInt named = tokens.named("mask_token");
        if (named.isPresent()) {
            return named.getAsInt();
        }
        if (known.isPresent() && known.getAsInt() < rows) {
            return known.getAsInt();
        }
        throw config.wrong(
                "mask_token_id",
                "a diffusion model needs one",
                "add the id of its mask token, or name it with --mask-id");
    }
}
