package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dllm4j.cache.FinalBlocks;
import dev.dllm4j.cache.NoCache;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.sample.SamplingChoices;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.BlockSpecs;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a user's choices over a recipe. */
final class ResolutionTest {
    private static final DecodingChoices NONE = DecodingChoices.NONE;
    private static final ModelSpec EVERYTHING = ScriptedPredictor.spec(Family.LLADA);
    private static final ModelSpec BLOCKS = BlockSpecs.of(4, Origin.START);
    private static final Recipe SDAR =
            new Recipe("blocks(4,from=start)", "dynamic(0.85,steps=4)", "blocks", "eot(when=block)", 24, 24);

    @Test
    void whereNothingIsSaidTheRecipeHolds() {
        DecodingConfig config = over(SDAR, BLOCKS, NONE);

        assertThat(config).isEqualTo(DecodingConfig.of(SDAR, BLOCKS));
        assertThat(config.window()).hasToString("blocks(4,from=start)");
        assertThat(config.strategy()).isEqualTo(UnmaskingStrategy.parse("dynamic(0.85,steps=4)"));
        assertThat(config.cache()).isEqualTo(new FinalBlocks());
        assertThat(config.stop()).isEqualTo(StopRule.parse("eot(when=block)"));
        assertThat(config.genLength()).isEqualTo(24);
        assertThat(config.sampling()).isEqualTo(Sampling.GREEDY);
        assertThat(over(Recipe.DEFAULT, EVERYTHING, NONE)).isEqualTo(DecodingConfig.DEFAULT);
    }

    @Test
    void whatIsNamedOverridesTheRecipe() {
        DecodingConfig config = over(
                SDAR,
                BLOCKS,
                NONE.withWindow(Window.parse("blocks(2,from=start)"))
                        .withStrategy(UnmaskingStrategy.parse("topk"))
                        .withCache(new NoCache())
                        .withStop(StopRule.parse("full"))
                        .withGuidance(2)
                        .withSteps(7));

        assertThat(config.window()).hasToString("blocks(2,from=start)");
        assertThat(config.strategy()).isEqualTo(UnmaskingStrategy.parse("topk"));
        assertThat(config.cache()).isEqualTo(new NoCache());
        assertThat(config.stop()).isEqualTo(StopRule.parse("full"));
        assertThat(config.guidance().scale()).isEqualTo(2);
        assertThat(config.steps()).isEqualTo(7);
        assertThat(config.genLength()).isEqualTo(24);
    }

    @Test
    void aNamedGenLengthHasAsManyStepsUnlessTheyAreNamed() {
        Recipe few = new Recipe("blocks(32)", "schedule", "none", "eot", 128, 64);

        assertThat(over(few, EVERYTHING, NONE).steps()).isEqualTo(64);
        assertThat(over(few, EVERYTHING, NONE.withGenLength(64)).steps()).isEqualTo(64);
        assertThat(over(few, EVERYTHING, NONE.withGenLength(32)).steps()).isEqualTo(32);
        assertThat(over(few, EVERYTHING, NONE.withGenLength(32).withSteps(8)).steps())
                .isEqualTo(8);
    }

    @Test
    void elasticHasAWindowOfItsOwnUnlessOneIsNamed() {
        DecodingChoices elastic = NONE.withCache(CacheSpec.parse("elastic"));

        assertThat(over(Recipe.DEFAULT, EVERYTHING, elastic).window()).hasToString("leftmost(16)");
        assertThat(over(Recipe.DEFAULT, EVERYTHING, elastic.withWindow(Window.parse("all")))
                        .window())
                .hasToString("all");
    }

    @Test
    void guidanceKeepsNoRowsUnlessACacheIsNamed() {
        assertThat(over(SDAR, BLOCKS, NONE.withGuidance(1.5)).cache()).isEqualTo(new NoCache());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(SDAR, BLOCKS, NONE.withGuidance(1.5).withCache(new FinalBlocks())))
                .withMessage(
                        "guidance is 1.5 and cache blocks; rows are kept of one canvas and guidance runs two, so use"
                                + " cache none");
    }

    /** A credit judges by scores of its own; with a temperature the recipe's strategy gives way, a named one does not. */
    @Test
    void aTemperatureMakesARecipesStrategyGiveWayAndNoNamedOne() {
        Recipe credit = new Recipe("blocks(32)", "credit", "none", "eot", 128, 128);
        DecodingChoices warm = NONE.withSampling(warm());

        assertThat(over(credit, EVERYTHING, warm).strategy()).isEqualTo(UnmaskingStrategy.parse("threshold(0.9)"));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> over(Recipe.DEFAULT, EVERYTHING, warm.withStrategy(UnmaskingStrategy.parse("credit"))))
                .withMessageContaining("so use temperature 0");
    }

    @Test
    void aGenLengthThatTheRecipesBlocksDoNotDivideIsDecodedAllTheSame() {
        DecodingChoices odd = NONE.withGenLength(100);

        for (String strategy : UnmaskingStrategy.EXAMPLES) {
            if (strategy.equals("filter")) {
                continue; // The model's own is known when a decoding starts.
            }
            DecodingConfig config =
                    over(Recipe.DEFAULT, EVERYTHING, odd.withStrategy(UnmaskingStrategy.parse(strategy)));
            assertThat(config.genLength()).as(strategy).isEqualTo(100);
            assertThat(config.window()).as(strategy).hasToString("blocks(32)");
        }
    }

    @Test
    void namedStepsThatTheScheduleCannotSpreadAreRefusedWithTheRemedy() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(
                        Recipe.DEFAULT,
                        EVERYTHING,
                        NONE.withStrategy(UnmaskingStrategy.parse("schedule")).withSteps(7)))
                .withMessage("steps is 7 for 4 blocks; they must divide evenly, e.g. steps 4");
    }

    @Test
    void aTextWithSlotsOpensWholeAndIsNeverCut() {
        DecodingConfig config = DecodingConfig.resolveInfill(NONE, 13, DecodingConfig.DEFAULT, EVERYTHING);

        assertThat(config).isEqualTo(DecodingConfig.INFILL.withGenLength(13));
    }

    @Test
    void aTextWithSlotsOfAModelThatSeesBlocksIsFilledBlockByBlock() {
        DecodingConfig recipe = DecodingConfig.of(SDAR, BLOCKS);
        DecodingConfig config = DecodingConfig.resolveInfill(NONE, 13, recipe, BLOCKS);

        assertThat(config.window()).hasToString("blocks(4,from=start)");
        assertThat(config.stop()).isEqualTo(StopRule.parse("full"));
        assertThat(config.cache()).isEqualTo(new FinalBlocks());
        assertThat(config.genLength()).isEqualTo(13);
        assertThat(DecodingConfig.resolveInfill(NONE.withWindow(Window.parse("all")), 13, recipe, BLOCKS)
                        .window())
                .hasToString("all");
    }

    @ParameterizedTest
    @CsvSource({"2", "4", "12"})
    void aBlockLengthIsCountedAsTheModelCountsItsBlocks(int length) {
        DecodingChoices choices = blockLength(length);

        assertThat(over(SDAR, BLOCKS, choices).window()).hasToString("blocks(" + length + ",from=start)");
        assertThat(over(Recipe.DEFAULT, EVERYTHING, choices).window()).hasToString("blocks(" + length + ")");
        ModelSpec answer = BlockSpecs.of(4, Origin.ANSWER);
        Recipe bd3lm = new Recipe("blocks(4)", "schedule(rounding=dllm)", "blocks", "eot(when=block)", 24, 24);
        assertThat(over(bd3lm, answer, choices).window()).hasToString("blocks(" + length + ")");
    }

    @Test
    void aBlockLengthThatStraddlesTheModelsBlocksIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(SDAR, BLOCKS, blockLength(6)))
                .withMessage("block length is 6 and the model's blocks have 4 positions; one must be a multiple of the"
                        + " other, e.g. window blocks(4,from=start)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(SDAR, BLOCKS, NONE.withWindow(Window.parse("blocks(8)"))))
                .withMessage(
                        "window is blocks(8) and the model sees blocks of 4 from the start; both must count from the"
                                + " same place, so use window blocks(8,from=start)");
    }

    @Test
    void eachCacheNeedsAModelThatSeesAsItExpects() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(SDAR, BLOCKS, NONE.withCache(CacheSpec.parse("elastic"))))
                .withMessageStartingWith("cache is elastic(")
                .withMessageContaining("use cache blocks");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(Recipe.DEFAULT, EVERYTHING, NONE.withCache(new FinalBlocks())))
                .withMessageStartingWith("cache is blocks and every row of the model sees every key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"elastic", "blocks"})
    void whereSomeLayersSeeOnlyWhatIsNearNothingIsTrackedOrFinal(String cache) {
        ModelSpec near = BlockSpecs.seeing(EVERYTHING, new Sight.Alternating(4, 3));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(Recipe.DEFAULT, near, NONE.withCache(CacheSpec.parse(cache))))
                .withMessageStartingWith("cache is " + cache)
                .withMessageContaining("the model sees everything in one layer of 3, else 4 positions to either side")
                .withMessageEndingWith("use cache none, prefix, dual or dllm-cache");
        assertThat(over(Recipe.DEFAULT, near, NONE.withCache(CacheSpec.parse("dual")))
                        .cache())
                .isEqualTo(CacheSpec.parse("dual"));
    }

    @Test
    void prefixReuseIsSwitchedOnTheCacheThatHolds() {
        DecodingChoices on = NONE.withPrefixReuse(true);
        DecodingChoices off = NONE.withPrefixReuse(false);

        assertThat(over(SDAR, BLOCKS, off).cache()).hasToString("blocks(prefix-reuse=off)");
        assertThat(over(SDAR, BLOCKS, on).cache()).hasToString("blocks");
        assertThat(over(Recipe.DEFAULT, EVERYTHING, off)).isEqualTo(DecodingConfig.DEFAULT);
        assertThat(over(Recipe.DEFAULT, EVERYTHING, on.withCache(CacheSpec.parse("elastic")))
                        .cache()
                        .reusesPrefixes())
                .isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over(Recipe.DEFAULT, EVERYTHING, on))
                .withMessageStartingWith("prefix reuse is on and cache is none; ");
    }

    @Test
    void aTemperatureWithoutASeedDrawsAnother() {
        DecodingChoices warm = NONE.withSampling(warm());

        assertThat(over(Recipe.DEFAULT, EVERYTHING, warm).sampling().temperature())
                .isEqualTo(0.8);
        assertThat(IntStream.range(0, 8)
                        .mapToLong(i -> over(Recipe.DEFAULT, EVERYTHING, warm)
                                .sampling()
                                .seed())
                        .distinct()
                        .count())
                .isGreaterThan(1);
        assertThat(over(Recipe.DEFAULT, EVERYTHING, NONE).sampling().seed()).isZero();
    }

    @Test
    void windowAndBlockLengthMayNotContradictEachOther() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> blockLength(16).withWindow(Window.parse("all")))
                .withMessage("window is all and block length is 16; they contradict each other, so give one of them");
        assertThat(over(SDAR, BLOCKS, blockLength(8).withWindow(Window.parse("blocks(8,from=start)")))
                        .window())
                .hasToString("blocks(8,from=start)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"filter(path=/etc/passwd)", "credit(then=filter(path=/etc/passwd))"})
    void aRecipeOpensNoFile(String strategy) {
        Recipe foreign = new Recipe("blocks(32)", strategy, "none", "eot", 128, 128);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> DecodingConfig.of(foreign, EVERYTHING))
                .withMessageContaining("a filter's file cannot be named here");
    }

    @Test
    void aRecipeThatDoesNotFitItsModelIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DecodingConfig.of(SDAR, EVERYTHING))
                .withMessageStartingWith("cache is blocks and every row");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DecodingConfig.of(Recipe.DEFAULT, BLOCKS))
                .withMessageStartingWith("window is blocks(32) and the model sees blocks of 4 from the start");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Recipe("blocks(32)", "thresh\u001b[31m", "none", "eot", 128, 128))
                .withMessage("the recipe's strategy has 11 characters; it must be a SPEC of 1 to 400 printable ASCII"
                        + " characters");
    }

    private static DecodingConfig over(Recipe recipe, ModelSpec spec, DecodingChoices choices) {
        return DecodingConfig.resolve(choices, DecodingConfig.of(recipe, spec), spec);
    }

    private static DecodingChoices blockLength(int length) {
        return new DecodingChoices(
                NONE.window(),
                OptionalInt.of(length),
                NONE.strategy(),
                NONE.cache(),
                NONE.stop(),
                NONE.genLength(),
                NONE.steps(),
                NONE.sampling(),
                NONE.guidance(),
                NONE.prefixReuse());
    }

    private static SamplingChoices warm() {
        return new SamplingChoices(
                OptionalDouble.of(0.8),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalLong.empty(),
                false,
                Map.of());
    }
}
