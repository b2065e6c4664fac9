package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Sight;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Dream, whose keys are Qwen2's and a mask token. */
final class Dream implements CheckpointFamily {
    private static final TensorNames NAMES = LlamaLayout.names(LlamaLayout.BIASES);

    @Override
    public String name() {
        return "dream";
    }

    @Override
    public Set<String> architectures() {
        return Set.of("DreamModel");
    }

    @Override
    public String supported() {
        return "Dream (as DreamModel)";
    }

    /** Which projections have a bias, Dream's code and its tensors say. */
    @Override
    public Set<String> inert() {
        return LlamaLayout.inert("attention_bias");
    }

    @Override
    public List<WeightSlot> names(ModelSpec spec) {
        return NAMES.slots(spec);
    }

    @Override
    public HfConfig read(Path folder, ConfigFile config, FamilyOptions options) {
        options.requireNoKind(this);
        options.requireNoBlockLength("Dream");
        LlamaLayout.requirePlain(config);
        SpecialTokens tokens =
                SpecialTokens.read(folder, config, LlamaLayout.vocabulary(config), options, OptionalInt.empty());
        int headWidth = LlamaLayout.evenHeadWidth(config);
        config.requireIfPresent("head_dim", headWidth);
        ModelSpec spec =
                LlamaLayout.spec(name(), config, headWidth, new Sight.Everything(), new Readout(true, true), tokens);
        return new HfConfig(spec, config.flag("tie_word_embeddings", false));
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        return Recipe.DEFAULT;
    }
}
