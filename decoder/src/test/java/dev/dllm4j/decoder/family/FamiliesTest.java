package dev.dllm4j.decoder.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.family.FamilyOptions.Kind;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight.Alternating;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyFamilies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamiliesTest {
    private static final FamilyOptions MDLM = kind(Kind.MDLM, OptionalInt.empty());
    private static final FamilyOptions BD3LM = kind(Kind.BD3LM, OptionalInt.empty());

    @TempDir
    private Path folder;

    @Test
    void sdarSeesBlocksFromTheStartAndItsHeadsHaveAWidthOfTheirOwn() {
        ModelSpec spec = HfConfig.read(TinyFamilies.sdar(folder)).spec();
        assertThat(spec.sight()).isEqualTo(new BlockCausal(4, Origin.START));
        assertThat(spec.headWidth()).isEqualTo(10);
        assertThat(spec.queryWidth()).isEqualTo(60);
        assertThat(spec.readout()).isEqualTo(new Readout(false, true, true));
        assertThat(Families.named("sdar").recipe(spec))
                .isEqualTo(new Recipe(
                        "blocks(4,from=start)", "dynamic(0.85,steps=4)", "blocks", "eot(when=block)", 128, 128));
    }

    @ParameterizedTest
    @CsvSource({"'', 0, 4", "16, 0, 16", "16, 8, 8", "'', 8, 8"})
    void aBlockLengthIsTheUsersThenTheFilesThenTheFamilys(String stated, int said, int length) throws IOException {
        ModelSpec spec = read(
                        "sdar",
                        json -> {
                            if (!stated.isEmpty()) {
                                json.put("block_size", Integer.parseInt(stated));
                            }
                        },
                        new FamilyOptions(
                                OptionalInt.empty(),
                                said == 0 ? OptionalInt.empty() : OptionalInt.of(said),
                                Optional.empty()))
                .spec();
        assertThat(spec.sight()).isEqualTo(new BlockCausal(length, Origin.START));
    }

    @Test
    void fastDllmsRowsPredictThePositionAfterTheirOwn() throws IOException {
        ModelSpec spec = read(
                        "Fast_dLLM_Qwen",
                        json -> json.put("bd_size", 16).put("conplemenrary_mask", true),
                        FamilyOptions.NONE)
                .spec();
        assertThat(spec.sight()).isEqualTo(new BlockCausal(16, Origin.START));
        assertThat(spec.readout()).isEqualTo(new Readout(true, false));
        assertThat(Families.named(spec.family()).recipe(spec))
                .isEqualTo(new Recipe(
                        "blocks(8,from=start)", "threshold(0.9,equal=waits)", "blocks(first=alone)", "eot", 128, 128));
    }

    @ParameterizedTest
    @CsvSource({"a2d-qwen3", "a2d-qwen2", "a2d-llama"})
    void whichKindAnAdaptedModelIsTheUserSays(String type) throws IOException {
        ModelSpec whole = read(type, json -> {}, MDLM).spec();
        assertThat(whole.sight()).isEqualTo(new Everything());
        assertThat(Families.named(type).recipe(whole).cache()).isEqualTo("none");
        ModelSpec blocks = read(type, json -> {}, BD3LM).spec();
        assertThat(blocks.sight()).isEqualTo(new BlockCausal(32, Origin.ANSWER));
        assertThat(Families.named(type).recipe(blocks))
                .isEqualTo(new Recipe("blocks(32)", "schedule(rounding=dllm)", "blocks", "eot(when=block)", 128, 128));
        assertThat(read(type, json -> {}, kind(Kind.BD3LM, OptionalInt.of(8)))
                        .spec()
                        .sight())
                .isEqualTo(new BlockCausal(8, Origin.ANSWER));
    }

    @ParameterizedTest
    @CsvSource({"Qwen3-0.6B-diffusion-mdlm-v0.1, false", "Qwen3-0.6B-diffusion-BD3LM-v0.1, true"})
    void orTheFoldersNameDoes(String name, boolean blocks) throws IOException {
        Path named = folder.resolve(name);
        TinyCheckpoints.write(named, Shape.dream());
        JsonEdit.change(named.resolve("config.json"), json -> json.put("model_type", "a2d-qwen3"));
        assertThat(HfConfig.read(named).spec().sight() instanceof BlockCausal).isEqualTo(blocks);
    }

    @Test
    void aFolderWithBothNamesSaysNothing() throws IOException {
        Path named = folder.resolve("mdlm-and-bd3lm");
        TinyCheckpoints.write(named, Shape.dream());
        JsonEdit.change(named.resolve("config.json"), json -> json.put("model_type", "a2d-qwen3"));
        assertThatThrownBy(() -> HfConfig.read(named))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("--family mdlm or --family bd3lm");
    }

    @Test
    void anArchitectureGoesBeforeAModelType() throws IOException {
        ModelSpec spec = read(
                        "qwen3", json -> json.putArray("architectures").add("SDARForCausalLM"), FamilyOptions.NONE)
                .spec();
        assertThat(spec.family()).isEqualTo("sdar");
    }

    @Test
    void modernBertSeesAllInSomeLayersAndWhatIsNearInTheOthers() {
        ModelSpec spec = HfConfig.read(TinyFamilies.modernBert(folder)).spec();
        assertThat(spec.sight()).isEqualTo(new Alternating(3, 2));
        assertThat(spec.rotary()).isEqualTo(new Rotary(160_000, 10_000, 6));
        assertThat(spec.norm()).isEqualTo(new Norm(Norm.Kind.LAYER, 1e-5));
        assertThat(Families.named("modernbert").names(spec))
                .noneMatch(slot -> slot.key().equals(new WeightKey(0, Role.ATTENTION_NORM)))
                .anyMatch(slot -> slot.key().equals(new WeightKey(1, Role.ATTENTION_NORM)));
    }

    @Test
    void modernBertsRotationIsReadAsTransformers5SavesIt() throws IOException {
        TinyFamilies.modernBert(folder);
        JsonEdit.change(folder.resolve("config.json"), json -> {
            json.remove("global_rope_theta");
            json.remove("local_rope_theta");
            ObjectNode kinds = json.putObject("rope_parameters");
            kinds.putObject("full_attention").put("rope_type", "default").put("rope_theta", 7.0);
            kinds.putObject("sliding_attention").put("rope_type", "default").put("rope_theta", 8.0);
            json.putArray("layer_types")
                    .add("full_attention")
                    .add("sliding_attention")
                    .add("full_attention");
        });
        ModelSpec spec = HfConfig.read(folder).spec();
        assertThat(spec.rotary()).isEqualTo(new Rotary(7, 8, 6));
        assertThat(spec.sight()).isEqualTo(new Alternating(3, 2));
    }

    @Test
    void modernBertsPaddingEndsATextWhereTheTokenizerNamesNoEnd() throws IOException {
        TinyFamilies.modernBert(folder);
        JsonEdit.change(folder.resolve("config.json"), json -> json.put("eos_token_id", 3));
        JsonEdit.change(folder.resolve("tokenizer_config.json"), json -> json.put("pad_token", "t5"));
        assertThat(HfConfig.read(folder).spec().endTokens()).containsExactly(3, 95);
        JsonEdit.change(folder.resolve("tokenizer_config.json"), json -> json.remove("eos_token"));
        assertThat(HfConfig.read(folder).spec().endTokens()).containsExactly(3, 5);
    }

    @Test
    void aMaskIsTheUsersThenConfigsThenTheTokenizers() throws IOException {
        FamilyOptions said = new FamilyOptions(OptionalInt.of(7), OptionalInt.empty(), Optional.empty());
        assertThat(read("sdar", json -> json.put("mask_token_id", 8), said)
                        .spec()
                        .maskToken())
                .isEqualTo(7);
        assertThat(read("sdar", json -> json.put("mask_token_id", 8), FamilyOptions.NONE)
                        .spec()
                        .maskToken())
                .isEqualTo(8);
        assertThat(read("sdar", json -> json.remove("mask_token_id"), FamilyOptions.NONE)
                        .spec()
                        .maskToken())
                .isEqualTo(31);
    }

    @ParameterizedTest
    @CsvSource({"sdar, 151669", "fast_dllm_qwen, 151665", "a2d-qwen3, 151669", "a2d-qwen2, 151665"})
    void elseItIsTheFamilysWhereTheVocabularyHasIt(String type, int mask) throws IOException {
        FamilyOptions options = type.startsWith("a2d") ? MDLM : FamilyOptions.NONE;
        TinyCheckpoints.write(folder, Shape.dream());
        JsonEdit.change(folder.resolve("tokenizer_config.json"), json -> json.remove("mask_token"));
        Consumer<Integer> rows = vocabulary -> change(json -> {
            json.remove("mask_token_id");
            json.put("model_type", type).put("vocab_size", vocabulary);
        });
        rows.accept(mask + 1);
        assertThat(HfConfig.read(folder, Set.of(), options).spec().maskToken()).isEqualTo(mask);
        rows.accept(mask);
        assertThatThrownBy(() -> HfConfig.read(folder, Set.of(), options))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("mask_token_id is missing", "--mask-id");
    }

    @Test
    void aMaskOutsideTheVocabularyIsRefused() throws IOException {
        FamilyOptions said = new FamilyOptions(OptionalInt.of(32), OptionalInt.empty(), Optional.empty());
        assertThatThrownBy(() -> read("sdar", json -> {}, said))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("mask id is 32; the model's tokens are 0 to 31");
    }

    @Test
    void aBlockLongerThanTheContextIsRefused() throws IOException {
        int context = HfConfig.read(TinyFamilies.sdar(folder)).spec().context();
        FamilyOptions said = kind(null, OptionalInt.of(context + 1));
        assertThatThrownBy(() -> HfConfig.read(folder, Set.of(), said))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("block length is " + (context + 1) + " and the model's context " + context)
                .hasMessageContaining("--block-length");
        assertThat(HfConfig.read(folder, Set.of(), kind(null, OptionalInt.of(context)))
                        .spec()
                        .sight())
                .isEqualTo(new BlockCausal(context, Origin.START));
    }

    @Test
    void optionsThatSayNothingOfTheFamilyAreRefused() {
        assertThatThrownBy(() -> read("sdar", json -> {}, MDLM))
                .isInstanceOf(ModelException.class)
                .hasMessage("family is mdlm; config.json of SDAR and TraDo (dense) tells what the model is, so leave"
                        + " --family out");
        assertThatThrownBy(() -> read("dream", json -> {}, kind(null, OptionalInt.of(8))))
                .hasMessageContainingAll("block length is 8; Dream sees everything", "leave");
        assertThatThrownBy(() -> read("a2d-qwen3", json -> {}, kind(Kind.MDLM, OptionalInt.of(8))))
                .hasMessageContainingAll("block length is 8; an MDLM sees everything");
    }

    @Test
    void aLladaTrainedInBlocksSaysSo() throws IOException {
        TinyCheckpoints.write(folder, Shape.llada());
        change(json -> json.put("attention", "block_causal").put("block_length", 16));
        ModelSpec spec = HfConfig.read(folder).spec();
        assertThat(spec.sight()).isEqualTo(new BlockCausal(16, Origin.START));
        assertThat(Families.named("llada").recipe(spec))
                .isEqualTo(new Recipe("blocks(16,from=start)", "threshold(0.9)", "blocks", "eot", 128, 128));
    }

    @Test
    void aHeadThatConfigDoesNotMentionIsTiedWhereThereIsNone() throws IOException {
        HfConfig config = read("sdar", json -> json.remove("tie_word_embeddings"), FamilyOptions.NONE);
        assertThat(config.tied()).isFalse();
        assertThat(config.tiedWithoutHead()).isTrue();
        assertThat(read("sdar", json -> {}, FamilyOptions.NONE).tiedWithoutHead())
                .as("config.json says that it has a head")
                .isFalse();
    }

    private HfConfig read(String type, Consumer<ObjectNode> change, FamilyOptions options) throws IOException {
        Files.createDirectories(folder);
        TinyCheckpoints.write(folder, Shape.dream());
        change(json -> change.accept(json.put("model_type", type)));
        return HfConfig.read(folder, Set.of(), options);
    }

    private void change(Consumer<ObjectNode> change) {
        try {
            JsonEdit.change(folder.resolve("config.json"), change);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FamilyOptions kind(@Nullable Kind kind, OptionalInt blockLength) {
        return new FamilyOptions(OptionalInt.empty(), blockLength, Optional.ofNullable(kind));
    }
}
