package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.family.FamilyOptions.Kind;
import dev.dllm4j.decoder.model.ModelException;
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
 * Autoregressive models that were made diffusion models, either over the whole canvas (MDLM) or block by block (BD3LM);
 * their config.json is the same.
 *
 * @see <a href="https://github.com/ZHZisZZ/dllm">ZHZisZZ/dllm</a>, {@code examples/a2d}
 */
final class A2d implements CheckpointFamily {
    static final A2d QWEN3 = new A2d("Qwen3", OptionalInt.of(151_669), LlamaLayout.HEAD_NORMS);
    static final A2d QWEN2 = new A2d("Qwen2", OptionalInt.of(151_665), LlamaLayout.BIASES);
    static final A2d LLAMA = new A2d("Llama", OptionalInt.empty());

    private static final int BLOCK_LENGTH = 32;

    private final String base;
    private final OptionalInt mask;
    private final boolean biased;
    private final TensorNames names;

    /** @param besides the weights that the base's layer has beside LLaMA's */
    private A2d(String base, OptionalInt mask, Role... besides) {
        this.base = base;
        this.mask = mask;
        this.biased = Set.of(besides).contains(Role.QUERY_BIAS);
        this.names = LlamaLayout.names(besides);
    }

    @Override
    public String name() {
        return "a2d-" + base.toLowerCase(Locale.ROOT);
    }

    @Override
    public Set<String> architectures() {
        return Set.of("A2D" + base + "LMHeadModel");
    }

    @Override
    public String supported() {
        return "a2d on " + base;
    }

    @Override
    public Set<String> inert() {
        return biased ? LlamaLayout.inert("attention_bias") : LlamaLayout.inert();
    }

    @Override
    public List<WeightSlot> names(ModelSpec spec) {
        return names.slots(spec);
    }

    @Override
    public HfConfig read(Path folder, ConfigFile config, FamilyOptions options) {
        LlamaLayout.requirePlain(config);
        if (!biased) {
            config.requireIfPresent("attention_bias", false);
        }
        config.requireIfPresent("mlp_bias", false);
        Sight sight = sight(folder, config, options);
        SpecialTokens tokens = SpecialTokens.read(folder, config, LlamaLayout.vocabulary(config), options, mask);
        int headWidth = LlamaLayout.headWidth(config);
        Readout readout = new Readout(false, false);
        return LlamaLayout.withHead(LlamaLayout.spec(name(), config, headWidth, sight, readout, tokens), config);
    }

    private Sight sight(Path folder, ConfigFile config, FamilyOptions options) {
        if (options.kind().orElseGet(() -> named(folder, config)) == Kind.MDLM) {
            options.requireNoBlockLength("an MDLM");
            return new Sight.Everything();
        }
        return new BlockCausal(options.blockLength().orElse(BLOCK_LENGTH), Origin.ANSWER);
    }

    /** The kind in the folder's name, as the authors name their checkpoints. */
    private static Kind named(Path folder, ConfigFile config) {
        String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName())
                .toLowerCase(Locale.ROOT);
        boolean mdlm = name.contains("mdlm");
        boolean bd3lm = name.contains("bd3lm");
        if (mdlm == bd3lm) {
            throw new ModelException(config.path()
                    + " is the same for a model that sees everything (mdlm) and one that sees block by block (bd3lm);"
                    + " say which it is with --family mdlm or --family bd3lm");
        }
        return mdlm ? Kind.MDLM : Kind.BD3LM;
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        String schedule = "schedule(rounding=dllm)";
        return spec.sight() instanceof BlockCausal blocks
                ? new Recipe("blocks(" + blocks.length() + ")", schedule, "blocks", "eot(when=block)")
                : new Recipe("blocks(32)", schedule, "none", "eot");
    }
}
