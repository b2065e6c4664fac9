package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Fast-dLLM v2, a Qwen2.5 that sees block by block and whose rows predict the position after their own.
 *
 * @see <a href="https://github.com/NVlabs/Fast-dLLM">NVlabs/Fast-dLLM</a>
 */
final class FastDllm2 implements CheckpointFamily {
    private static final OptionalInt MASK = OptionalInt.of(151_665);
    /** That of the published checkpoints. */
    private static final int BLOCK_LENGTH = 32;
    /** Positions that the authors' script fills before it goes on within a block. */
    private static final int SUB_BLOCK = 8;

    private static final TensorNames NAMES = LlamaLayout.names(LlamaLayout.BIASES);

    @Override
    public String name() {
        return "fast_dllm_qwen";
    }

    @Override
    public Set<String> architectures() {
        return Set.of("Fast_dLLM_QwenForCausalLM");
    }

    @Override
    public String supported() {
        return "Fast-dLLM v2";
    }

    /** Which projections have a bias, the code says; of complementary masks, training alone knows. */
    @Override
    public Set<String> inert() {
        return LlamaLayout.inert("attention_bias", "complementary_mask", "conplemenrary_mask");
    }

    @Override
    public List<WeightSlot> names(ModelSpec spec) {
        return NAMES.slots(spec);
    }

    @Override
    public HfConfig read(Path folder, ConfigFile config, FamilyOptions options) {
        options.requireNoKind(this);
        LlamaLayout.requirePlain(config);
        int block = options.blockLength().orElse(config.count("bd_size", BLOCK_LENGTH));
        Sight sight = new BlockCausal(block, Origin.START);
        SpecialTokens tokens = SpecialTokens.read(folder, config, LlamaLayout.vocabulary(config), options, MASK);
        int headWidth = LlamaLayout.headWidth(config);
        Readout readout = new Readout(true, false);
        return LlamaLayout.withHead(LlamaLayout.spec(name(), config, headWidth, sight, readout, tokens), config);
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        int block = ((BlockCausal) spec.sight()).length();
        int window = block % SUB_BLOCK == 0 ? SUB_BLOCK : block;
        return new Recipe(
                String.format(Locale.ROOT, "blocks(%d,from=start)", window),
                "threshold(0.9,equal=waits)",
                "blocks(first=alone)",
                "eot");
    }
}
