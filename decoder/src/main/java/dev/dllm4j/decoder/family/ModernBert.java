package dev.dllm4j.decoder.family;

import static java.util.Map.entry;

import dev.dllm4j.decoder.checkpoint.CheckpointTokens;
import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Activation;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Sight.Alternating;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * ModernBERT, an encoder whose masked language model is decoded step by step, as ModernBERT-chat was trained.
 *
 * @see <a href="https://github.com/huggingface/transformers/tree/main/src/transformers/models/modernbert">its classes in
 *     transformers</a>, and {@code examples/bert} of <a href="https://github.com/ZHZisZZ/dllm">ZHZisZZ/dllm</a>
 */
final class ModernBert implements CheckpointFamily {
    private static final OptionalInt MASK = OptionalInt.of(50_284);

    private static final String EVERY = "global_attn_every_n_layers";
    private static final String TYPES = "layer_types";
    private static final String GLOBAL = "full_attention";

    /** Of classification, of training, of kernels, and of a norm's epsilon under a name that its code does not read. */
    private static final Set<String> INERT = Set.of(
            "classifier_dropout",
            "classifier_pooling",
            "deterministic_flash_attn",
            "embedding_dropout",
            "initializer_cutoff_factor",
            "layer_norm_eps",
            "mlp_dropout",
            "position_embedding_type",
            "reference_compile",
            "repad_logits_with_grad",
            "sparse_pred_ignore_index",
            "sparse_prediction");

    private static final TensorNames NAMES = new TensorNames(Map.ofEntries(
            entry(Role.EMBEDDING, "model.embeddings.tok_embeddings.weight"),
            entry(Role.EMBEDDING_NORM, "model.embeddings.norm.weight"),
            entry(Role.ATTENTION_NORM, "model.layers.{layer}.attn_norm.weight"),
            entry(Role.QUERY, "model.layers.{layer}.attn.Wqkv.weight"),
            entry(Role.KEY, "model.layers.{layer}.attn.Wqkv.weight"),
            entry(Role.VALUE, "model.layers.{layer}.attn.Wqkv.weight"),
            entry(Role.ATTENTION_OUT, "model.layers.{layer}.attn.Wo.weight"),
            entry(Role.FEED_FORWARD_NORM, "model.layers.{layer}.mlp_norm.weight"),
            entry(Role.GATE, "model.layers.{layer}.mlp.Wi.weight"),
            entry(Role.UP, "model.layers.{layer}.mlp.Wi.weight"),
            entry(Role.DOWN, "model.layers.{layer}.mlp.Wo.weight"),
            entry(Role.FINAL_NORM, "model.final_norm.weight"),
            entry(Role.HEAD_TRANSFORM, "head.dense.weight"),
            entry(Role.HEAD_NORM, "head.norm.weight"),
            entry(Role.HEAD, "decoder.weight"),
            entry(Role.HEAD_BIAS, "decoder.bias")));

    @Override
    public String name() {
        return "modernbert";
    }

    @Override
    public Set<String> architectures() {
        return Set.of("ModernBertForMaskedLM");
    }

    @Override
    public String supported() {
        return "ModernBERT";
    }

    @Override
    public Set<String> inert() {
        return INERT;
    }

    /** The first layer takes the normalised embedding as it is. */
    @Override
    public List<WeightSlot> names(ModelSpec spec) {
        WeightKey first = new WeightKey(0, Role.ATTENTION_NORM);
        return NAMES.slots(spec).stream()
                .filter(slot -> !slot.key().equals(first))
                .toList();
    }

    @Override
    public HfConfig read(Path folder, ConfigFile config, FamilyOptions options) {
        options.requireNoKind(this);
        options.requireNoBlockLength("ModernBERT");
        requireOwnKind(config);
        int vocabulary = config.count("vocab_size");
        SpecialTokens tokens = SpecialTokens.read(folder, config, vocabulary, options, MASK);
        int hidden = config.count("hidden_size");
        int layers = config.count("num_hidden_layers");
        int heads = config.count("num_attention_heads");
        int headWidth = HfConfig.headWidth(config, "hidden_size", hidden, heads);
        ModelSpec spec = new ModelSpec(
                name(),
                vocabulary,
                hidden,
                layers,
                heads,
                heads,
                headWidth,
                new FeedForward.Gated(config.count("intermediate_size"), Activation.GELU),
                config.count("max_position_embeddings"),
                RopeConfig.globalAndLocal(config, headWidth),
                new Norm(Norm.Kind.LAYER, config.real("norm_eps")),
                0,
                new Alternating(config.count("local_attention", 128) / 2, globalEvery(config, layers)),
                new Readout(false, false),
                tokens.mask(),
                ends(folder, vocabulary, tokens),
                tokens.pad());
        return new HfConfig(spec, config.flag("tie_word_embeddings", true));
    }

    private static void requireOwnKind(ConfigFile config) {
        config.requireIfPresent("hidden_activation", "gelu");
        config.requireIfPresent("classifier_activation", "gelu"); // which the head for masks uses, too
        config.requireIfPresent("classifier_bias", false);
        config.requireIfPresent("attention_bias", false);
        config.requireIfPresent("mlp_bias", false);
        config.requireIfPresent("norm_bias", false);
        config.requireIfPresent("decoder_bias", true);
    }

    /** Every how many layers one sees everything: a number, in transformers 5 beside a list of the layers. */
    private static int globalEvery(ConfigFile config, int layers) {
        List<String> types = config.texts(TYPES);
        int second = types.isEmpty() ? 3 : types.subList(1, types.size()).indexOf(GLOBAL) + 1;
        int every = config.count(EVERY, second == 0 ? layers : second);
        for (int layer = 0; layer < types.size(); layer++) {
            if (types.get(layer).equals(GLOBAL) != (layer % every == 0)) {
                throw config.wrong(
                        TYPES,
                        "layers 0, " + every + ", " + 2L * every + " and so on must be " + GLOBAL + ", and no other",
                        "choose another checkpoint");
            }
        }
        return every;
    }

    /** As its authors load it, the pad token ends a text where the tokenizer names no end token. */
    private static Set<Integer> ends(Path folder, int rows, SpecialTokens tokens) {
        Set<Integer> ends = new LinkedHashSet<>(tokens.end());
        CheckpointTokens named = CheckpointTokens.read(folder, rows);
        if (named.named("eos_token").isEmpty()) {
            named.named("pad_token").ifPresent(ends::add);
        }
        return ends;
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        return new Recipe("blocks(32)", "schedule(rounding=dllm)", "none", "eot");
    }
}
