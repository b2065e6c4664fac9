package dev.dllm4j.decoder.family;

import static java.util.Map.entry;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * LLaDA2.0 and LLaDA2.1, which have experts and see block by block.
 *
 * @see <a href="https://github.com/inclusionAI/LLaDA2.X">inclusionAI/LLaDA2.X</a>
 */
final class Llada2 implements CheckpointFamily {
    private static final OptionalInt MASK = OptionalInt.of(156_895);
    private static final int BLOCK_LENGTH = 32;
    private static final String QKV = "model.layers.{layer}.attention.query_key_value.weight";
    private static final String DENSE_WIDTH = "intermediate_size";
    private static final String GROUPS = "n_group";
    private static final String SHARED = "num_shared_experts";

    /** What its code reads and never uses, what steers training, and what belongs to layers that a model may lack. */
    private static final String[] INERT = {
        DENSE_WIDTH,
        "embedding_dropout",
        "moe_router_enable_expert_bias",
        "norm_head",
        "norm_softmax",
        "norm_topk_prob",
        "output_dropout",
        "output_router_logits",
        "rotary_dim",
        "router_aux_loss_coef",
        "router_dtype",
        "score_function",
        "use_rmsnorm"
    };

    private static final TensorNames NAMES = LlamaLayout.namesWithExperts(Map.ofEntries(
            entry(Role.EMBEDDING, "model.word_embeddings.weight"),
            entry(Role.QUERY, QKV),
            entry(Role.KEY, QKV),
            entry(Role.VALUE, QKV),
            entry(Role.QUERY_NORM, "model.layers.{layer}.attention.query_layernorm.weight"),
            entry(Role.KEY_NORM, "model.layers.{layer}.attention.key_layernorm.weight"),
            entry(Role.ATTENTION_OUT, "model.layers.{layer}.attention.dense.weight"),
            entry(Role.ROUTER_BIAS, "model.layers.{layer}.mlp.gate.expert_bias"),
            entry(Role.SHARED_GATE, "model.layers.{layer}.mlp.shared_experts.gate_proj.weight"),
            entry(Role.SHARED_UP, "model.layers.{layer}.mlp.shared_experts.up_proj.weight"),
            entry(Role.SHARED_DOWN, "model.layers.{layer}.mlp.shared_experts.down_proj.weight")));

    @Override
    public String name() {
        return "llada2_moe";
    }

    @Override
    public Set<String> architectures() {
        return Set.of("LLaDA2MoeModelLM");
    }

    @Override
    public String supported() {
        return "LLaDA2.0 and LLaDA2.1";
    }

    @Override
    public Set<String> inert() {
        return LlamaLayout.inert(INERT);
    }

    @Override
    public List<WeightSlot> names(ModelSpec spec) {
        return NAMES.slots(spec);
    }

    @Override
    public HfConfig read(Path folder, ConfigFile config, FamilyOptions options) {
        options.requireNoKind(this);
        LlamaLayout.requirePlain(config);
        config.requireAbsent(
                "expert_capacity",
                "rows that choose experts block by block (LLaDA2.2) are not supported, LLaDA2.0 and LLaDA2.1 are",
                "choose such a checkpoint");
        for (String off : List.of("use_bias", "use_qkv_bias", "using_split_qkv_in_self_attention")) {
            config.requireIfPresent(off, false);
        }
        config.requireIfPresent("use_qk_norm", true);
        SpecialTokens tokens = SpecialTokens.read(folder, config, LlamaLayout.vocabulary(config), options, MASK);
        int headWidth = LlamaLayout.headWidth(config);
        int block = options.blockLength().orElse(config.count("block_size", BLOCK_LENGTH));
        ModelSpec spec = LlamaLayout.spec(
                name(),
                config,
                headWidth,
                experts(config),
                RopeConfig.partial(config, headWidth),
                config.real("rms_norm_eps"),
                0,
                new BlockCausal(block, Origin.START),
                new Readout(false, false),
                tokens);
        return LlamaLayout.withHead(spec, config);
    }

    private static Experts experts(ConfigFile config) {
        int width = config.count("moe_intermediate_size");
        int denseLayers = config.countOrNone("first_k_dense_replace");
        int groups = config.count(GROUPS, 1);
        return LlamaLayout.experts(
                config,
                width,
                sharedWidth(config, width),
                denseLayers,
                denseLayers == 0 ? 0 : config.count(DENSE_WIDTH),
                new Router.Sigmoid(
                        groups, config.count("topk_group", groups), config.real("routed_scaling_factor", 1)));
    }

    private static int sharedWidth(ConfigFile config, int width) {
        long shared = (long) width * config.countOrNone(SHARED);
        if (shared > FeedForward.MOST_WIDTH) {
            throw config.wrong(
                    SHARED, "times moe_intermediate_size it must be at most " + FeedForward.MOST_WIDTH, "correct it");
        }
        return (int) shared;
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        int block = ((BlockCausal) spec.sight()).length();
        return new Recipe(
                String.format(Locale.ROOT, "blocks(%d,from=start)", block),
                "threshold(0.95,equal=waits)",
                "blocks",
                "eot");
    }
}
