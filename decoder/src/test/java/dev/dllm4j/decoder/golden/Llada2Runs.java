package dev.dllm4j.decoder.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What samplers that edit nothing decoded on the tiny LLaDA2. */
public final class Llada2Runs {
    public static final String FILE = "llada2_generate.json";

    public static final List<FamilyBug> BUGS = List.of(
            new FamilyBug(
                    "a number is added where keys should be hidden",
                    run -> attention(run).equals("bias01")),
            new FamilyBug(
                    "positions behind the answer are decoded and their keys hidden",
                    run -> attention(run).endsWith("keymask") && decodedLength(run) != answerLength(run)),
            new FamilyBug(
                    "rows see the blocks behind them",
                    run -> attention(run).startsWith("window_bidirectional")
                            && decodedLength(run) == answerLength(run)),
            new FamilyBug(
                    "an end token of the prompt, whose tail shares the first block, ends the text",
                    run -> ofDInfer(run) && stops(run) && FamilyCases.endInSharedBlock(run)));

    private Llada2Runs() {}

    /** Each run is of one kind, or a bug of the original's. */
    public static Stream<FamilyKind> kinds() {
        Predicate<Trace> generate = run -> run.settings().has("steps");
        Predicate<Trace> dInfer = Llada2Runs::ofDInfer;
        return Stream.of(
                kind("generate", generate.and(run -> !stopsEarly(run)), Llada2Runs::generate),
                kind("generate, early stop", generate.and(Llada2Runs::stopsEarly), Llada2Runs::generate),
                kind("diffusers", run -> run.settings().has("num_inference_steps"), Llada2Runs::diffusers),
                kind("SGLang", run -> run.settings().has("algorithm"), Llada2Runs::sglang),
                kind("dInfer, cached", dInfer.and(Llada2Runs::cached), Llada2Runs::dInfer),
                kind("dInfer, attention mask", dInfer.and(run -> !cached(run)), Llada2Runs::dInfer));
    }

    /** Whether a kind's original computes the rows of finished blocks in forwards of their own. */
    public static boolean computesBlocksApart(FamilyKind kind) {
        return kind.file().equals(FILE) && Set.of("SGLang", "dInfer, cached").contains(kind.name());
    }

    private static FamilyKind kind(String name, Predicate<Trace> holds, Function<Trace, FamilyCase> asCase) {
        return new FamilyKind(FILE, name, run -> FamilyCases.faultless(run, BUGS) && holds.test(run), asCase);
    }

    private static FamilyCase generate(Trace run) {
        StopRule stop =
                stopsEarly(run) ? new CommittedEnd(CommittedEnd.Sampler.GENERATE) : StopRule.parse("eot(when=block)");
        return asCase(run, quota(run.settings(), "steps"), "blocks", stop, expectedOfGenerate(run));
    }

    /** With an end in the prompt, the first end that is committed leaves no answer. */
    private static Trace expectedOfGenerate(Trace run) {
        Set<Integer> ends = FamilyCases.ends(run.settings());
        int prompt = run.prompt().size();
        boolean endInPrompt = run.prompt().stream().anyMatch(ends::contains);
        boolean ended =
                run.finalIds().subList(prompt, run.finalIds().size()).stream().anyMatch(ends::contains);
        return stopsEarly(run) && endInPrompt && ended ? run.withFinalIds(run.prompt()) : cut(run);
    }

    /** The original makes a forward more a block, to see whether it would edit. */
    private static FamilyCase diffusers(Trace run) {
        StopRule stop = stopsEarly(run) ? new CommittedEnd(CommittedEnd.Sampler.DIFFUSERS) : StopRule.parse("full");
        Trace expected = (stopsEarly(run) ? cutWhereSeen(run) : run).withoutEmptySteps();
        return asCase(run, quota(run.settings(), "num_inference_steps"), "none", stop, expected);
    }

    /** Cut at the first end of the canvas, if it is the answer's and a step commits an end when no mask is before it. */
    private static Trace cutWhereSeen(Trace run) {
        Set<Integer> ends = FamilyCases.ends(run.settings());
        int prompt = run.prompt().size();
        List<Integer> ids = new ArrayList<>(run.prompt());
        while (ids.size() < run.finalIds().size()) {
            ids.add(FamilyCases.MASK);
        }
        for (List<Trace.Commit> step : run.steps()) {
            step.forEach(commit -> ids.set(commit.position(), commit.token()));
            int first = ids.indexOf(ends.iterator().next());
            boolean committed = step.stream().anyMatch(commit -> ends.contains(commit.token()));
            if (committed && first > prompt && !ids.subList(prompt, first).contains(FamilyCases.MASK)) {
                return run.withFinalIds(ids.subList(0, first + 1));
            }
        }
        return run;
    }

    /** The original fills the prompt's blocks in one by one; here that is one forward. */
    private static FamilyCase sglang(Trace run) {
        String rule = String.format(
                Locale.ROOT,
                "threshold(%s,equal=waits)",
                run.settings().get("threshold").asDouble());
        StopRule stop = StopRule.parse("eot(when=block)");
        Trace expected = cut(oneEmptyStepInARow(run));
        return asCase(run, UnmaskingStrategy.parse(rule), "blocks(clean=apart)", stop, expected);
    }

    /**
     * The original makes at least two forwards before it looks whether a block is complete. With a cache it begins with
     * one over the masks of the first block where no block of the prompt is whole.
     */
    private static FamilyCase dInfer(Trace run) {
        boolean masksFirst = run.prompt().size() < blockLength(run);
        Trace expected = cached(run)
                ? oneEmptyStepInARow(masksFirst ? run.withSteps(index -> index > 0) : run)
                : run.withoutEmptySteps();
        return asCase(
                run,
                LladaSettings.dInferRule(run.settings()),
                cached(run) ? "blocks(clean=apart)" : "none",
                StopRule.parse(stops(run) ? "eot(when=block)" : "full"),
                stops(run) ? cut(expected) : expected);
    }

    private static FamilyCase asCase(
            Trace run, UnmaskingStrategy strategy, String cache, StopRule stop, Trace expected) {
        int block = blockLength(run);
        int length = decodedLength(run);
        return new FamilyCase(
                FamilyCases.options(OptionalInt.of(block), Optional.empty()),
                false,
                run.prompt(),
                Draft.masks(length),
                FamilyCases.ends(run.settings()),
                FamilyCases.config("blocks(" + block + ",from=start)", length, length)
                        .withStrategy(strategy)
                        .withCache(CacheSpec.parse(cache))
                        .withStop(stop),
                expected);
    }

    /**
     * Quota and threshold; the original's steps are bounded by the length that was asked for, ours by the length that is
     * decoded, which is rounded up to whole blocks.
     *
     * @param stepsKey what the original calls the steps of a block
     */
    private static UnmaskingStrategy quota(JsonNode settings, String stepsKey) {
        int steps = settings.get(stepsKey).asInt();
        int most = settings.get("gen_length").asInt()
                / settings.path("minimal_topk").asInt(1);
        return UnmaskingStrategy.parse(String.format(
                Locale.ROOT, "dynamic(%s,steps=%d)", settings.get("threshold").asDouble(), Math.min(steps, most)));
    }

    private static Trace cut(Trace run) {
        return FamilyCases.cut(run, run.prompt().size(), FamilyCases.ends(run.settings()));
    }

    /** The same with one forward in place of several in a row that committed nothing. */
    private static Trace oneEmptyStepInARow(Trace run) {
        List<List<Trace.Commit>> steps = run.steps();
        return run.withSteps(index -> index == 0
                || !steps.get(index).isEmpty()
                || !steps.get(index - 1).isEmpty());
    }

    private static boolean ofDInfer(Trace run) {
        return run.settings().has("decoder") && run.settings().path("cache").isBoolean();
    }

    private static boolean cached(Trace run) {
        return run.settings().get("cache").asBoolean();
    }

    private static boolean stopsEarly(Trace run) {
        return run.settings().path("eos_early_stop").asBoolean()
                && !FamilyCases.ends(run.settings()).isEmpty();
    }

    /** Whether dInfer ends a text at the block with its end; without a cache it does whatever it is told. */
    private static boolean stops(Trace run) {
        return !FamilyCases.ends(run.settings()).isEmpty()
                && (!cached(run) || run.settings().path("early_stop").asBoolean());
    }

    private static String attention(Trace run) {
        return run.settings().path("attention").asText();
    }

    private static int blockLength(Trace run) {
        return run.settings().get("block_length").asInt();
    }

    /** What was asked for. */
    private static int answerLength(Trace run) {
        JsonNode settings = run.settings();
        return (settings.has("gen_length") ? settings.get("gen_length") : settings.get("max_new_tokens")).asInt();
    }

    /** What is decoded: whole blocks. */
    private static int decodedLength(Trace run) {
        int block = blockLength(run);
        int prompt = run.prompt().size();
        return (prompt + answerLength(run) + block - 1) / block * block - prompt;
    }
}
