package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.convert.ChangedManifest;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.TemplateChoice;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.family.FamilyOptions;
import dev.dllm4j.decoder.golden.FamiliesFolder;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyFamilies;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every strategy with every window, stop rule and cache, on a model that sees everything and on one that sees blocks of 4
 * from the start: it answers, or is refused with the remedy.
 */
final class PairsTest {
    private static final int GEN_LENGTH = 10;
    /** Ends inside a block. */
    private static final int[] PROMPT = {3, 4, 5, 6, 7, 8};

    private static final List<String> WINDOWS = List.of(
            "blocks(4)", "blocks(4,from=start)", "blocks(2,from=start)", "blocks(8,from=start)", "leftmost(3)", "all");
    private static final List<String> CACHES = List.of(
            "none",
            "prefix",
            "dual",
            "elastic",
            "dllm-cache",
            "blocks",
            "blocks(clean=apart)",
            "blocks(clean=lmdeploy)",
            "blocks(inside=kept)");

    private static final List<String> SHIFTED_CACHES = List.of(
            "none", "dual", "elastic", "blocks", "blocks(first=alone)", "blocks(clean=apart,first=alone,inside=kept)");

    @TempDir
    private static Path folder;

    private static final Map<String, Decoder> FAMILIES = new HashMap<>();

    private static Decoder everything;
    private static Decoder blocks;
    private static Decoder shifted;
    private static Decoder near;
    private static Decoder lladaMoe;
    private static Decoder llada2;

    @BeforeAll
    static void open() {
        everything =
                Decoder.open(TinyModels.convert(folder.resolve("everything"), Shape.llada()), RuntimeOptions.DEFAULT);
        Path model = TinyModels.withSight(
                TinyModels.convert(folder.resolve("blocks"), Shape.llada()),
                new Sight.BlockCausal(4, Sight.Origin.START));
        blocks = Decoder.open(
                ChangedManifest.recipe(
                        model,
                        new Recipe("blocks(4,from=start)", "static(steps=4)", "blocks", "eot(when=block)", 16, 16)),
                RuntimeOptions.DEFAULT);
        shifted = Decoder.open(
                ChangedManifest.recipe(
                        TinyModels.withSight(
                                TinyModels.convert(folder.resolve("shifted"), Shape.dream()),
                                new Sight.BlockCausal(4, Sight.Origin.START)),
                        new Recipe("blocks(4,from=start)", "static(steps=4)", "blocks", "eot", 16, 16)),
                RuntimeOptions.DEFAULT);
        near = TinyModels.decoder(folder.resolve("near"), TinyFamilies.modernBert(folder.resolve("modernbert")));
        lladaMoe = TinyModels.decoder(folder.resolve("moe"), TinyFamilies.lladaMoe(folder.resolve("moe-checkpoint")));
        llada2 = TinyModels.decoder(folder.resolve("two"), TinyFamilies.llada2(folder.resolve("two-checkpoint")));
    }

    @AfterAll
    static void close() {
        everything.close();
        blocks.close();
        shifted.close();
        near.close();
        lladaMoe.close();
        llada2.close();
        FAMILIES.values().forEach(Decoder::close);
    }

    /** Of all but filters, which are a model's own. */
    static Stream<String> strategies() {
        return Stream.concat(
                UnmaskingStrategy.EXAMPLES.stream().filter(example -> !example.equals("filter")),
                Stream.of(
                        "dynamic(0.85,fallback=leftmost)",
                        "static(steps=3,remainder=ignored)",
                        "entropy-bound(0.1,sum=others)",
                        "edit(0,post=3,reading=sglang,then=dynamic(0.85,steps=3))",
                        "credit(then=edit(0.01,post=2,then=topk(3)))",
                        "schedule(rounding=dllm)",
                        "schedule(rounding=dllm,alpha=cosine)",
                        "threshold(0.05,equal=waits)"));
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void everyPairAnswersOrIsRefusedWithTheRemedy(String strategy) {
        checkAll(strategy, StopRule.NAMES, everything, blocks);
    }

    /** Rows that predict the next position, and layers that see what is near. */
    @ParameterizedTest
    @MethodSource("strategies")
    void everyPairAnswersOrIsRefusedWhereRowsAreShiftedOrSeeWhatIsNear(String strategy) {
        for (String window : WINDOWS) {
            for (String cache : SHIFTED_CACHES) {
                DecodingChoices choices = choices(strategy, window, cache, "full");
                String pair = strategy + ", " + window + ", " + cache;
                check(pair, shifted, choices, remedyWhereBlocksAreSeen(window, cache));
            }
            for (String cache : CACHES) {
                DecodingChoices choices = choices(strategy, window, cache, "full");
                check(strategy + ", " + window + ", " + cache, near, choices, remedyWhereWhatIsNearIsSeen(cache));
            }
        }
    }

    /** The checkpoints that originals were run on: SDAR, and Qwen3 turned into a masked diffusion model. */
    @ParameterizedTest
    @MethodSource("strategies")
    void everyPairAnswersOrIsRefusedOnTheFamiliesOwnCheckpoints(String strategy) {
        checkAll(strategy, List.of("eot(when=block)"), family("qwen3-mdlm-tiny"), family("sdar-tiny"));
    }

    /** Rows that choose experts: LLaDA-MoE, which sees everything, and LLaDA2, which sees blocks. */
    @ParameterizedTest
    @MethodSource("strategies")
    void everyPairAnswersOrIsRefusedWhereRowsChooseExperts(String strategy) {
        checkAll(strategy, List.of("full", "eot"), lladaMoe, llada2);
    }

    private static Decoder family(String name) {
        Path checkpoint = FamiliesFolder.find(name).resolve("f32");
        FamilyOptions stated = new FamilyOptions(
                OptionalInt.of(319),
                OptionalInt.empty(),
                name.startsWith("qwen3") ? Optional.of(FamilyOptions.Kind.MDLM) : Optional.empty());
        return FAMILIES.computeIfAbsent(name, missing -> {
            Path model = folder.resolve(name);
            ConvertOptions options = new ConvertOptions(WeightType.F32, Set.of(), new TemplateChoice.Own(), stated);
            Converter.convert(checkpoint, model, options, ConvertProgress.SILENT);
            return Decoder.open(model, RuntimeOptions.DEFAULT);
        });
    }

    private static void checkAll(String strategy, List<String> stops, Decoder everything, Decoder blocks) {
        for (String window : WINDOWS) {
            for (String cache : CACHES) {
                for (String stop : stops) {
                    DecodingChoices choices = choices(strategy, window, cache, stop);
                    String pair = strategy + ", " + window + ", " + cache + ", " + stop;
                    check(pair, everything, choices, remedyWhereEverythingIsSeen(cache));
                    check(pair, blocks, choices, remedyWhereBlocksAreSeen(window, cache));
                }
            }
        }
    }

    private static DecodingChoices choices(String strategy, String window, String cache, String stop) {
        return DecodingChoices.NONE
                .withStrategy(UnmaskingStrategy.parse(strategy))
                .withWindow(Window.parse(window))
                .withCache(CacheSpec.parse(cache))
                .withStop(StopRule.parse(stop))
                .withGenLength(GEN_LENGTH);
    }

    private static Optional<String> remedyWhereWhatIsNearIsSeen(String cache) {
        return cache.equals("elastic") || cache.startsWith("blocks")
                ? Optional.of("use cache none, prefix, dual or dllm-cache")
                : Optional.empty();
    }

    private static Optional<String> remedyWhereEverythingIsSeen(String cache) {
        return cache.startsWith("blocks")
                ? Optional.of("use cache none, prefix, dual, elastic or dllm-cache")
                : Optional.empty();
    }

    private static Optional<String> remedyWhereBlocksAreSeen(String window, String cache) {
        if (window.equals("blocks(4)")) {
            return Optional.of("use window blocks(4,from=start)");
        }
        return cache.equals("elastic") ? Optional.of("use cache blocks") : Optional.empty();
    }

    private static void check(String pair, Decoder decoder, DecodingChoices choices, Optional<String> remedy) {
        Optional<String> refusal = refusal(pair, decoder, choices);
        assertThat(refusal.isPresent()).as(pair + ": " + refusal).isEqualTo(remedy.isPresent());
        remedy.ifPresent(words -> assertThat(refusal.orElseThrow()).as(pair).contains(words));
    }

    /** Empty where it answers. */
    private static Optional<String> refusal(String pair, Decoder decoder, DecodingChoices choices) {
        Decoding decoding;
        try {
            decoding = decoder.start(PROMPT, decoder.resolve(choices));
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        decoding.steps().forEach(report -> {});
        Answer answer = decoder.answer(decoding);
        assertThat((long) answer.work().forwards()).as(pair).isBetween(1L, decoding.mostForwards());
        assertThat(answer.finishReason()).as(pair).isNotEqualTo(FinishReason.CANCELLED);
        if (choices.stop().orElseThrow().equals(StopRule.parse("full"))) {
            assertThat(answer.tokenIds())
                    .as(pair)
                    .hasSize(GEN_LENGTH)
                    .doesNotContain(decoder.spec().maskToken());
        }
        return Optional.empty();
    }
}
