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
 * SDAR, a Qwen3 that sees block by block; TraDo has the same classes.
 *
 * @see <a href="https://github.com/JetAstra/SDAR">JetAstra/SDAR</a>
 */
final class Sdar implements CheckpointFamily {
    /** As decoders of the family take it where config.json does not say it. */
    private static final int BLOCK_LENGTH = 4;

    private static final OptionalInt MASK = OptionalInt.of(151_669);

    /** How training ran. */
    private static final String[] TRAINING = {
        "debug", "ep_size", "fuse_cross_entropy", "micro_forward", "skip_checkpoint", "use_deepep"
    };

    private static final TensorNames NAMES = LlamaLayout.names(LlamaLayout.HEAD_NORMS);

    @Override
    public String name() {
        return "sdar";
    }

    @Override
    public Set<String> architectures() {
        return Set.of("SDARForCausalLM");
    }

    @Override
    public String supported() {
        return "SDAR and TraDo (dense)";
    }

    @Override
    public Set<String> inert() {
        return LlamaLayout.inert(TRAINING);
    }

    @Override
    public List<WeightSlot> names(ModelSpec spec) {
        return NAMES.slots(spec);
    }

    @Override
    public HfConfig read(Path folder, ConfigFile config, FamilyOptions options) {
        options.requireNoKind(this);
        config.requireAbsent(
                "num_experts",
                "SDAR with experts (30B-A3B) is not supported, dense SDAR is",
                "choose such a checkpoint");
        LlamaLayout.requirePlain(config);
        config.requireIfPresent("attention_bias", false);
        int block = options.blockLength().orElse(config.count("block_size", BLOCK_LENGTH));
        Sight sight = new BlockCausal(block, Origin.START);
        SpecialTokens tokens = SpecialTokens.read(folder, config, LlamaLayout.vocabulary(config), options, MASK);
        int headWidth = LlamaLayout.headWidth(config);
        Readout readout = new Readout(false, true, true);
        return LlamaLayout.withHead(LlamaLayout.spec(name(), config, headWidth, sight, readout, tokens), config);
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        int block = ((BlockCausal) spec.sight()).length();
        return new Recipe(
                String.format(Locale.ROOT, "blocks(%d,from=start)", block),
                String.format(Locale.ROOT, "dynamic(0.85,steps=%d)", block),
                "blocks",
                "eot(when=block)");
    }
}
