package dev.dllm4j.decoder.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyFamilies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LLaDA-MoE and LLaDA2 as their checkpoints describe them. */
class ExpertFamiliesTest {
    @TempDir
    private Path folder;

    @Test
    void lladaMoeIsToldFromLladaByItsArchitecture() throws IOException {
        ModelSpec spec = lladaMoe(json -> {});
        assertThat(spec.family()).isEqualTo("llada_moe");
        assertThat(spec.sight()).isEqualTo(new Everything());
        assertThat(spec.readout()).isEqualTo(new Readout(false, false));
        assertThat(spec.feedForward()).isEqualTo(new Experts(5, 2, 11, 7, 1, 50, new Router.Softmax(true)));
        assertThat(spec.rotary()).isEqualTo(new Rotary(50_000, 4));
        assertThat(spec.clip()).isEqualTo(1.5);
        assertThat(Families.named(spec.family()).recipe(spec)).isEqualTo(Recipe.DEFAULT);
        assertThatThrownBy(() -> lladaMoe(json -> json.remove("architectures")))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("architectures is missing", "LLaDAMoEModelLM");
    }

    @Test
    void whatALladaMoeConfigLeavesOutFollowsFromTheRest() throws IOException {
        ModelSpec spec = lladaMoe(json -> json.remove(List.of(
                "clip_qkv",
                "moe_layer_freq",
                "moe_router_enable_expert_bias",
                "num_key_value_heads",
                "partial_rotary_factor",
                "qk_layernorm",
                "rms_norm_eps",
                "shared_expert_intermediate_size")));
        assertThat(spec.norm()).isEqualTo(new Norm(Norm.Kind.RMS, 1e-5));
        assertThat(spec.clip()).isZero();
        assertThat(spec.kvHeads()).isEqualTo(6);
        assertThat(spec.rotary().width()).isEqualTo(6);
        assertThat(spec.feedForward()).isEqualTo(new Experts(5, 2, 11, 0, 0, 0, new Router.Softmax(false)));
    }

    @Test
    void llada2SeesBlocksOf32FromTheStart() throws IOException {
        ModelSpec spec = llada2(json -> json.remove("block_size"), FamilyOptions.NONE);
        assertThat(spec.family()).isEqualTo("llada2_moe");
        assertThat(spec.sight()).isEqualTo(new BlockCausal(32, Origin.START));
        assertThat(spec.readout()).isEqualTo(new Readout(false, false));
        assertThat(spec.feedForward()).isEqualTo(new Experts(6, 3, 11, 11, 1, 50, new Router.Sigmoid(3, 2, 2.5)));
        assertThat(spec.headWidth()).isEqualTo(10);
        assertThat(spec.rotary()).isEqualTo(new Rotary(600_000, 6));
        assertThat(Families.named(spec.family()).recipe(spec))
                .isEqualTo(
                        new Recipe("blocks(32,from=start)", "threshold(0.95,equal=waits)", "blocks", "eot", 128, 128));
    }

    @ParameterizedTest
    @CsvSource({"16, 0, 16", "16, 8, 8"})
    void itsBlockLengthIsTheUsersThenTheFiles(int stated, int said, int length) throws IOException {
        FamilyOptions options = new FamilyOptions(
                OptionalInt.empty(), said == 0 ? OptionalInt.empty() : OptionalInt.of(said), Optional.empty());
        assertThat(llada2(json -> json.put("block_size", stated), options).sight())
                .isEqualTo(new BlockCausal(length, Origin.START));
    }

    @Test
    void whatALlada2ConfigLeavesOutFollowsFromTheRest() throws IOException {
        ModelSpec spec = llada2(
                json -> {
                    json.remove(List.of("first_k_dense_replace", "n_group", "topk_group", "num_shared_experts"));
                    json.remove(List.of("routed_scaling_factor", "num_key_value_heads", "head_dim"));
                    json.remove("partial_rotary_factor");
                },
                FamilyOptions.NONE);
        assertThat(spec.feedForward()).isEqualTo(new Experts(6, 3, 11, 0, 0, 0, new Router.Sigmoid(1, 1, 1)));
        assertThat(spec.kvHeads()).isEqualTo(6);
        assertThat(spec.headWidth()).isEqualTo(6);
        assertThat(spec.rotary().width()).isEqualTo(6);
    }

    @Test
    void whereOnlyALaterLayerHasExpertsTheOthersHaveOneGatedPart() throws IOException {
        ModelSpec spec = llada2(json -> json.put("first_k_dense_replace", 2), FamilyOptions.NONE);
        assertThat(Families.names(spec))
                .noneMatch(slot -> slot.key().layer() == 1 && slot.key().role() == Role.ROUTER)
                .anyMatch(slot -> slot.key().equals(new WeightKey(1, Role.DOWN)))
                .anyMatch(slot -> slot.key().equals(new WeightKey(2, Role.EXPERT_DOWN, 5)));
    }

    /** Router keys that the published files carry and their code never reads, at values other than theirs. */
    @Test
    void keysThatTheOriginalsNeverReadChangeNothing() throws IOException {
        ModelSpec moe = lladaMoe(json -> {});
        assertThat(lladaMoe(json -> {
                    json.put("norm_topk_prob", true).put("moe_router_score_function", "sigmoid");
                    json.put("routed_scaling_factor", 2.5)
                            .put("router_num_group", 8)
                            .put("router_topk_group", 4);
                    json.put("router_aux_loss_coef", 1).put("output_router_logits", true);
                }))
                .isEqualTo(moe);
        ModelSpec llada2 = llada2(json -> {}, FamilyOptions.NONE);
        assertThat(llada2(
                        json -> {
                            json.put("norm_topk_prob", false).put("score_function", "softmax");
                            json.put("router_dtype", "bf16").put("moe_router_enable_expert_bias", false);
                            json.put("rotary_dim", 2).put("norm_head", true).put("use_rmsnorm", false);
                        },
                        FamilyOptions.NONE))
                .isEqualTo(llada2);
    }

    @Test
    void theirMaskIs156895WhereTheVocabularyHasIt() throws IOException {
        Path moe = TinyFamilies.lladaMoe(folder.resolve("moe"));
        Path two = TinyFamilies.llada2(folder.resolve("two"));
        for (Path checkpoint : List.of(moe, two)) {
            JsonEdit.change(checkpoint.resolve("tokenizer_config.json"), json -> json.remove("mask_token"));
            Path config = checkpoint.resolve("config.json");
            JsonEdit.change(
                    config, json -> json.<ObjectNode>without("mask_token_id").put("vocab_size", 156_896));
            assertThat(HfConfig.read(checkpoint).spec().maskToken()).isEqualTo(156_895);
            JsonEdit.change(config, json -> json.put("vocab_size", 156_895));
            assertThatThrownBy(() -> HfConfig.read(checkpoint))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("mask_token_id is missing", "--mask-id");
        }
    }

    @Test
    void lladaMoe7BHasItsPublishedSize() throws IOException {
        ModelSpec spec = lladaMoe(json -> {
            json.put("hidden_size", 2048).put("num_hidden_layers", 16).put("num_attention_heads", 16);
            json.put("num_key_value_heads", 16).put("num_experts", 64).put("num_experts_per_tok", 8);
            json.put("expert_intermediate_size", 1024).put("dense_intermediate_size", 8192);
            json.putNull("shared_expert_intermediate_size").putNull("clip_qkv").put("partial_rotary_factor", 1);
            json.put("moe_router_enable_expert_bias", false).remove("moe_layer_freq");
            json.put("vocab_size", 157_184).put("max_position_embeddings", 8192);
        });
        assertThat(parameters(spec, false)).isEqualTo(7_356_880_896L);
        assertThat(parameters(spec, true)).isEqualTo(6_442_450_944L);
    }

    @ParameterizedTest
    @CsvSource({
        "2048, 20, 16, 512, 5120, 16255643392, 15300820992",
        "4096, 32, 32, 1024, 9216, 102889705216, 99857989632"
    })
    void llada2MiniAndFlashHaveTheirPublishedSizes(
            int hidden, int layers, int heads, int width, int dense, long all, long inExperts) throws IOException {
        ModelSpec spec = llada2(
                json -> {
                    json.put("hidden_size", hidden).put("num_hidden_layers", layers);
                    json.put("num_attention_heads", heads)
                            .put("num_key_value_heads", 4)
                            .put("head_dim", 128);
                    json.put("num_experts", 256)
                            .put("num_experts_per_tok", 8)
                            .put("n_group", 8)
                            .put("topk_group", 4);
                    json.put("moe_intermediate_size", width).put("intermediate_size", dense);
                    json.put("partial_rotary_factor", 0.5).put("rotary_dim", 64).remove("block_size");
                    json.put("vocab_size", 157_184).put("max_position_embeddings", 32_768);
                },
                FamilyOptions.NONE);
        assertThat(parameters(spec, false)).isEqualTo(all);
        assertThat(parameters(spec, true)).isEqualTo(inExperts);
    }

    private static long parameters(ModelSpec spec, boolean inExperts) {
        return Families.names(spec).stream()
                .filter(slot -> !inExperts || slot.key().expert() != WeightKey.WHOLE_LAYER)
                .mapToLong(slot -> slot.shape().stream().reduce(1L, Math::multiplyExact))
                .sum();
    }

    private ModelSpec lladaMoe(Consumer<ObjectNode> change) throws IOException {
        TinyFamilies.lladaMoe(folder);
        JsonEdit.change(folder.resolve("config.json"), change);
        return HfConfig.read(folder).spec();
    }

    private ModelSpec llada2(Consumer<ObjectNode> change, FamilyOptions options) throws IOException {
        TinyFamilies.llada2(folder);
        JsonEdit.change(folder.resolve("config.json"), change);
        return HfConfig.read(folder, Set.of(), options).spec();
    }
}
