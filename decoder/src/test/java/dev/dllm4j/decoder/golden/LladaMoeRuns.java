package dev.dllm4j.decoder.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.stop.StopRule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What LLaDA's sampler and dInfer's {@code BlockWiseDiffusionLLM} decoded on the tiny LLaDA-MoE. */
public final class LladaMoeRuns {
    public static final String FILE = "llada_moe.json";

    public static final List<FamilyBug> BUGS = List.of(new FamilyBug(
            "an end token of the prompt, whose tail shares the first block, ends the text",
            run -> aligned(run) && FamilyCases.endInSharedBlock(run)));

    private LladaMoeRuns() {}

    /** Each run is of one kind, or a bug of the original's. */
    public static Stream<FamilyKind> kinds() {
        Predicate<Trace> dInfer = LladaMoeRuns::ofDInfer;
        Predicate<Trace> uncached = dInfer.and(LladaMoeRuns::uncached);
        Predicate<Trace> plain = uncached.and(run -> !ends(run) && !aligned(run));
        Stream<FamilyKind> generate = Stream.of(
                kind("generate", run -> !ofDInfer(run) && !guided(run), LladaMoeRuns::generate),
                kind("generate, guided", run -> !ofDInfer(run) && guided(run), LladaMoeRuns::generate));
        Stream<FamilyKind> decoders = Stream.of("threshold", "credit", "hierarchy")
                .map(decoder -> kind(
                        "dInfer, " + decoder,
                        plain.and(run -> run.settings().get("decoder").asText().equals(decoder)),
                        LladaMoeRuns::dInfer));
        Stream<FamilyKind> frames = Stream.of(
                kind("dInfer, aligned blocks", uncached.and(run -> !ends(run) && aligned(run)), LladaMoeRuns::dInfer),
                kind("dInfer, end of text", uncached.and(LladaMoeRuns::ends), LladaMoeRuns::dInfer),
                kind("dInfer, prefix", dInfer.and(run -> cache(run).equals("prefix")), LladaMoeRuns::dInfer),
                kind("dInfer, dual", dInfer.and(run -> cache(run).equals("dual")), LladaMoeRuns::dInfer));
        return Stream.of(generate, decoders, frames).flatMap(kinds -> kinds);
    }

    private static FamilyKind kind(String name, Predicate<Trace> holds, Function<Trace, FamilyCase> asCase) {
        return new FamilyKind(FILE, name, run -> FamilyCases.faultless(run, BUGS) && holds.test(run), asCase);
    }

    private static FamilyCase generate(Trace run) {
        return asCase(LladaSettings.generate(run.settings()), Set.of(), run);
    }

    /**
     * The original makes several forwards before it looks whether a block is complete, and one more where its first
     * forward has filled it, though the text end there; runs of these settings are compared without such empty ones.
     */
    private static FamilyCase dInfer(Trace run) {
        JsonNode settings = run.settings();
        DecodingConfig config = LladaSettings.frame(settings).withStrategy(LladaSettings.dInferRule(settings));
        boolean idle = settings.path("maximum_unroll").asInt(1) > 1 || ends(run);
        if (idle && !uncached(run)) {
            config = config.withCache(CacheSpec.parse(cache(run) + "(empty=skipped)"));
        }
        if (ends(run)) {
            config = config.withStop(StopRule.parse("eot(when=block)"));
        }
        return asCase(config, FamilyCases.ends(settings), idle ? run.withoutEmptySteps() : run);
    }

    private static FamilyCase asCase(DecodingConfig config, Set<Integer> ends, Trace run) {
        return new FamilyCase(
                FamilyCases.options(OptionalInt.empty(), Optional.empty()),
                false,
                run.prompt(),
                Draft.masks(config.genLength()),
                ends,
                config,
                FamilyCases.cut(run, run.prompt().size(), ends));
    }

    private static boolean ofDInfer(Trace run) {
        return run.settings().has("decoder");
    }

    private static boolean guided(Trace run) {
        return run.settings().path("cfg_scale").asDouble(0) > 0;
    }

    private static boolean uncached(Trace run) {
        return cache(run).equals("none");
    }

    private static String cache(Trace run) {
        return run.settings().path("cache").asText("none");
    }

    private static boolean aligned(Trace run) {
        return run.settings().path("start_block_align").asBoolean();
    }

    private static boolean ends(Trace run) {
        return !FamilyCases.ends(run.settings()).isEmpty();
    }
}
