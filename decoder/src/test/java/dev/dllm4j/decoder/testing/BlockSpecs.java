package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.Origin;

/** Numbers of models that see something else than everything. */
public final class BlockSpecs {
    private BlockSpecs() {}

    /** {@link ScriptedPredictor}'s model with blocks of a length. */
    public static ModelSpec of(int length, Origin origin) {
        return seeing(ScriptedPredictor.spec(Family.LLADA), new Sight.BlockCausal(length, origin));
    }

    /** A model's numbers with another sight. */
    public static ModelSpec seeing(ModelSpec spec, Sight sight) {
        return seeing(spec, sight, spec.rotary());
    }

    /** The same with another rotation. */
    static ModelSpec seeing(ModelSpec spec, Sight sight, Rotary rotary) {
        return new ModelSpec(
                spec.family(),
                spec.vocabulary(),
                spec.hidden(),
                spec.layers(),
                spec.heads(),
                spec.kvHeads(),
                spec.headWidth(),
                spec.feedForward(),
                spec.context(),
                rotary,
                spec.norm(),
                spec.clip(),
                sight,
                spec.readout(),
                spec.maskToken(),
                spec.endTokens(),
                spec.padTokens());
    }
}
