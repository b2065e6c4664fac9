package dev.dllm4j.decoder.family;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.model.ModelException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a user says of a checkpoint that its files do not say; it goes before what they say.
 *
 * @param maskToken id that stands for "not yet decoded"
 * @param blockLength positions of a block, for a model that sees block by block
 * @param kind what a model was trained as, where the configuration of both kinds is the same
 */
public record FamilyOptions(OptionalInt maskToken, OptionalInt blockLength, Optional<Kind> kind) {
    /** Nothing said. */
    public static final FamilyOptions NONE =
            new FamilyOptions(OptionalInt.empty(), OptionalInt.empty(), Optional.empty());

    /** @throws IllegalArgumentException where a number is none that a checkpoint may have */
    public FamilyOptions {
        requireNonNull(maskToken, "maskToken is null; give OptionalInt.empty() for none");
        requireNonNull(blockLength, "blockLength is null; give OptionalInt.empty() for none");
        requireNonNull(kind, "kind is null; give Optional.empty() for none");
        if (maskToken.orElse(0) < 0) {
            throw new IllegalArgumentException(
                    "mask id is " + maskToken.getAsInt() + "; token ids are at least 0, so give the mask token's");
        }
        if (blockLength.orElse(1) < 1) {
            throw new IllegalArgumentException("block length is " + blockLength.getAsInt()
                    + "; it must be at least 1, so give the one that the model was trained with");
        }
    }

    void requireNoKind(CheckpointFamily family) {
        kind.ifPresent(said -> {
            throw new ModelException("family is " + said.name().toLowerCase(Locale.ROOT) + "; config.json of "
                    + family.supported() + " tells what the model is, so leave --family out");
        });
    }

    void requireNoBlockLength(String model) {
        blockLength.ifPresent(said -> {
            throw new ModelException("block length is " + said + "; " + model
                    + " sees everything, so leave --block-length out, and choose a window when you decode");
        });
    }

    /** What a model was trained as. */
    public enum Kind {
        /** Masked diffusion over the whole canvas, of which every row sees everything. */
        MDLM,
        /** Block diffusion: rows see their own block and those before it. */
        BD3LM
    }
}
