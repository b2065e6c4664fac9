package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.golden.FamiliesFolder;
import dev.dllm4j.decoder.golden.FamilyBug;
import dev.dllm4j.decoder.golden.FamilyCase;
import dev.dllm4j.decoder.golden.FamilyCases;
import dev.dllm4j.decoder.golden.FamilyKind;
import dev.dllm4j.decoder.golden.FamilyReplay;
import dev.dllm4j.decoder.golden.RepeatPenalty;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What LLaDA2.1's generate, diffusers and SGLang decoded and edited on the tiny LLaDA2, forward by forward. */
class EditTraceTest {
    private static final String FILE = "llada21_edit.json";

    /** Runs that see what the model's rows do not see, or whose originals do what is not done here. */
    private static final List<FamilyBug> BUGS = List.of(
            new FamilyBug(
                    "nothing is hidden, later blocks score one less",
                    run -> text(run, "attention").equals("bias01")),
            new FamilyBug(
                    "rows after the answer's end decide although no row sees them",
                    run -> text(run, "attention").equals("block_causal_keymask") && length(run) % block(run) != 0),
            new FamilyBug(
                    "a block's rows see the blocks after them",
                    run -> text(run, "attention").equals("window_bidirectional_keymask")));

    /** Whose forwards are the same up to their end: an end token ends them before its block's edits are made. */
    private static final FamilyKind ENDS_INSIDE_A_BLOCK = new FamilyKind(
            FILE,
            "diffusers, up to an end inside a block",
            run -> replayable(run) && endsInsideABlock(run),
            run -> asCase(run, "diffusers"));

    private static FamilyReplay replay;

    @BeforeAll
    static void open(@TempDir Path folder) {
        replay = new FamilyReplay(folder);
    }

    @AfterAll
    static void close() {
        replay.close();
    }

    static List<FamilyKind> kinds() {
        return Stream.of("hf", "diffusers", "sglang")
                .map(reading -> new FamilyKind(
                        FILE,
                        reading,
                        run -> replayable(run)
                                && !endsInsideABlock(run)
                                && name(run).equals(reading),
                        run -> asCase(run, reading)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyForwardCommitsAndEditsAsTheOriginalsDoes(FamilyKind kind) throws IOException {
        replay.allExact(kind);
    }

    @Test
    void everyForwardBeforeAnEndInsideABlockIsDiffusers() throws IOException {
        replay.allExactToTheOriginalsEnd(ENDS_INSIDE_A_BLOCK);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void rowsOfFinishedBlocksThatAreKeptChangeNoBit(FamilyKind kind) throws IOException {
        replay.sameWithFinishedBlocksKept(kind);
    }

    @Test
    void everyRunIsReplayedOnceOrSkippedForAReason() throws IOException {
        FamilyReplay.requireOneKindEach(FILE, Stream.concat(kinds().stream(), Stream.of(ENDS_INSIDE_A_BLOCK)), BUGS);
        List<Trace> robust = Trace.read(FamiliesFolder.find("traces/" + FILE)).stream()
                .filter(Trace::robust)
                .toList();
        assertThat(robust.stream().filter(EditTraceTest::replayable)).hasSizeGreaterThan(robust.size() / 2);
    }

    private static FamilyCase asCase(Trace run, String reading) {
        int block = block(run);
        int prompt = run.prompt().size();
        int masks = (length(run) + block - 1) / block * block - prompt;
        boolean ends = reading.equals("sglang")
                || (reading.equals("hf")
                        && run.settings().path("eos_early_stop").asBoolean());
        Set<Integer> endTokens = FamilyCases.ends(run.settings());
        UnmaskingStrategy rule = UnmaskingStrategy.parse(rule(run, reading));
        double penalty = number(run, "penalty_lambda", 0);
        DecodingConfig config = FamilyCases.config("blocks(" + block + ",from=start)", masks, masks)
                .withStrategy(penalty == 0 ? rule : new RepeatPenalty(rule, penalty))
                .withStop(StopRule.parse(ends ? "eot" : "full"));
        Trace expected = run.without("prefill");
        return new FamilyCase(
                FamilyCases.options(OptionalInt.of(block), Optional.empty()),
                false,
                run.prompt(),
                Draft.masks(masks),
                endTokens,
                config,
                ends ? FamilyCases.cut(expected, prompt, endTokens) : expected);
    }

    /** What commits is a threshold, or under diffusers' steps the best of as many as a step's share. */
    private static String rule(Trace run, String reading) {
        double threshold = number(run, "threshold", 0.7);
        int steps = (int) number(run, "num_inference_steps", block(run));
        int least = (int) number(run, "num_to_transfer", 1);
        String then = steps < block(run)
                ? "dynamic(" + threshold + ",steps=" + steps + ")"
                : "threshold(" + threshold + ",equal=waits,least=" + least + ")";
        String edit = reading.equals("sglang") ? "edit_threshold" : "editing_threshold";
        String post = reading.equals("sglang") ? "max_post_edit_steps" : "max_post_steps";
        return "edit(" + run.settings().path(edit).asDouble(0) + ",post=" + (int) number(run, post, 16)
                + (reading.equals("diffusers") ? ",steps=" + steps : "") + ",reading=" + reading + ",then=" + then
                + ")";
    }

    private static boolean replayable(Trace run) {
        return FamilyCases.faultless(run, BUGS);
    }

    /** Where diffusers returns masks as text. */
    private static boolean endsInsideABlock(Trace run) {
        return name(run).equals("diffusers") && run.finalIds().contains(FamilyCases.MASK);
    }

    private static String name(Trace run) {
        String prefix = run.name().substring(0, run.name().indexOf('_'));
        return prefix.equals("hf21") ? "hf" : prefix;
    }

    /** Positions of prompt and answer. */
    private static int length(Trace run) {
        return run.prompt().size() + (int) number(run, "gen_length", number(run, "max_new_tokens", 0));
    }

    private static int block(Trace run) {
        return run.settings().get("block_length").asInt();
    }

    private static double number(Trace run, String setting, double otherwise) {
        JsonNode value = run.settings().path(setting);
        return value.isNumber() ? value.doubleValue() : otherwise;
    }

    private static String text(Trace run, String setting) {
        return run.settings().path(setting).asText();
    }
}
