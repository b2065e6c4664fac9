package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight;
import java.nio.file.Path;
import java.util.Set;

/**
 * What a checkpoint's files say about its model.
 *
 * @param tied whether the output matrix is the embedding
 * @param tiedWithoutHead whether it also is where the checkpoint has no tensor for it
 */
public record HfConfig(ModelSpec spec, boolean tied, boolean tiedWithoutHead) {
    HfConfig(ModelSpec spec, boolean tied) {
        this(spec, tied, false);
    }

    public static HfConfig read(Path folder) {
        return read(folder, Set.of(), FamilyOptions.NONE);
    }

    /**
     * Reads config.json and the tokens with a meaning of their own.
     *
     * @param ignored keys of config.json that count as absent, {@code outer.inner} for one inside an object
     * @param options that go before what the files say
     * @throws ModelException where the file is not whole, or says what is not supported or not known
     */
    public static HfConfig read(Path folder, Set<String> ignored, FamilyOptions options) {
        ConfigFile config = ConfigFile.read(folder.resolve("config.json")).without(ignored);
        CheckpointFamily family = Families.of(config);
        try {
            CommonKeys.check(config);
            HfConfig read = family.read(folder, config, options);
            config.requireKnown(CommonKeys.inert(family));
            requireBlocksWithinContext(read.spec());
            return read;
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    config.path() + ": " + e.getMessage()
                            + "; correct the option or config.json, or choose another checkpoint",
                    e);
        }
    }

    private static void requireBlocksWithinContext(ModelSpec spec) {
        if (spec.sight() instanceof Sight.BlockCausal blocks && blocks.length() > spec.context()) {
            throw new IllegalArgumentException("block length is " + blocks.length() + " and the model's context "
                    + spec.context() + "; give the one that the model was trained with as --block-length");
        }
    }

    static int headWidth(ConfigFile config, String field, int hidden, int heads) {
        if (hidden % heads != 0) {
            throw config.wrong(
                    field, "it must be a multiple of the heads, " + heads, "correct it, or choose another checkpoint");
        }
        return hidden / heads;
    }
}
