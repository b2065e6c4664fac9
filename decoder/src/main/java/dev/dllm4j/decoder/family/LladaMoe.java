package dev.dllm4j.decoder.family;

import static java.util.Map.entry;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * LLaDA-MoE, whose {@code model_type} is that of LLaDA without experts: its architecture tells them apart.
 *
 * @see <a href="https://arxiv.org/abs/2509.24389">LLaDA-MoE: A Sparse MoE Diffusion Language Model</a>
 */
final class LladaMoe implements CheckpointFamily {
    private static final OptionalInt MASK = OptionalInt.of(156_895);
    private static final double NORM_EPSILON = 1e-5;
    private static final String DENSE_WIDTH = "dense_intermediate_size";
    private static final String LAYERS = "moe_layer_freq";
    private static final String SHARED = "shared_expert_intermediate_size";

    /** What its code reads and never uses, what steers training, and what belongs to layers that a model may lack. */
    private static final String[] INERT = {
        DENSE_WIDTH,
        "moe_router_score_function",
        "norm_topk_prob",
        "output_router_logits",
        "routed_scaling_factor",
        "router_aux_loss_coef",
        "router_num_group",
        "router_topk_group"
    };

    private static final TensorNames NAMES = LlamaLayout.namesWithExperts(
            Map.ofEntries(
                    entry(Role.ROUTER_BIAS, "model.layers.{layer}.mlp.expert_bias"),
                    entry(Role.SHARED_GATE, "model.layers.{layer}.shared_expert.gate_proj.weight"),
                    entry(Role.SHARED_UP, "model.layers.{layer}.shared_expert.up_proj.weight"),
                    entry(Role.SHARED_DOWN, "model.layers.{layer}.shared_expert.down_proj.weight")),
            LlamaLayout.HEAD_NORMS);

    @Override
    public String name() {
        return "llada_moe";
    }

    @Override
    public Set<String> architectures() {
        return Set.of("LLaDAMoEModelLM");
    }

    @Override
    public String supported() {
        return "LLaDA-MoE (as LLaDAMoEModelLM)";
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
        options.requireNoBlockLength("LLaDA-MoE");
        LlamaLayout.requirePlain(config);
        config.requireIfPresent("attention_bias", false);
        config.requireIfPresent("qk_layernorm", true);
        SpecialTokens tokens = SpecialTokens.read(folder, config, LlamaLayout.vocabulary(config), options, MASK);
        int headWidth = LlamaLayout.evenHeadWidth(config);
        config.requireIfPresent("head_dim", headWidth);
        ModelSpec spec = LlamaLayout.spec(
                name(),
                config,
                headWidth,
                experts(config),
                RopeConfig.partial(config, headWidth),
                config.real("rms_norm_eps", NORM_EPSILON),
                config.real("clip_qkv", 0),
                new Sight.Everything(),
                new Readout(false, false),
                tokens);
        return LlamaLayout.withHead(spec, config);
    }

    private static Experts experts(ConfigFile config) {
        int dense = denseLayers(config);
        return LlamaLayout.experts(
                config,
                config.count("expert_intermediate_size"),
                config.countOrNone(SHARED),
                dense,
                dense == 0 ? 0 : config.count(DENSE_WIDTH),
                new Router.Softmax(config.flag("moe_router_enable_expert_bias", false)));
    }

    /** A mark a layer, 0 for one without experts; those are the first. */
    private static int denseLayers(ConfigFile config) {
        List<Integer> marks = config.wholeNumbers(LAYERS);
        int dense = Collections.frequency(marks, 0);
        int layers = config.count("num_hidden_layers");
        if (!marks.isEmpty()
                && (marks.size() != layers
                        || marks.subList(0, dense).stream().anyMatch(mark -> mark != 0)
                        || marks.subList(dense, marks.size()).stream().anyMatch(mark -> mark != 1))) {
            throw config.wrong(
                    LAYERS,
                    "of each of the " + layers + " layers it must say 1 for experts or 0 for none, which the first"
                            + " may have",
                    "choose such a checkpoint");
        }
        return dense;
    }

    @Override
    public Recipe recipe(ModelSpec spec) {
        return Recipe.DEFAULT;
    }
}
