package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.family.FamilyOptions.Kind;
import dev.dllm4j.decoder.golden.FamiliesFolder;
import dev.dllm4j.decoder.golden.FamilyBug;
import dev.dllm4j.decoder.golden.FamilyCase;
import dev.dllm4j.decoder.golden.FamilyCases;
import dev.dllm4j.decoder.golden.FamilyKind;
import dev.dllm4j.decoder.golden.FamilyReplay;
import dev.dllm4j.decoder.golden.Llada2Runs;
import dev.dllm4j.decoder.golden.LladaMoeRuns;
import dev.dllm4j.decoder.golden.SuppressedLast;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

/** What the samplers of each family decoded on its tiny checkpoint, forward by forward. */
class FamilyTraceTest {
    private static final String SDAR = "sdar.json";
    private static final String FAST_DLLM = "fastdllm2.json";
    private static final String MDLM = "qwen3_mdlm.json";
    private static final String BD3LM = "qwen3_bd3lm.json";
    private static final String MODERNBERT = "modernbert_mdlm.json";

    /** What pads before a text and fills behind it. */
    private static final int PAD = 318;

    /** Runs whose originals do what their own authors cannot have meant, which is not done here. */
    private static final List<FamilyBug> BUGS = List.of(
            new FamilyBug("given tokens are overwritten", run -> run.marked("overwrites_given_tokens")),
            new FamilyBug("the prompt is forgotten", run -> run.marked("drops_prompt")),
            new FamilyBug(
                    "tokens are hidden because they equal the padding",
                    run -> run.marked("generates_pad_id") || run.marked("prompt_has_pad_id")),
            new FamilyBug(
                    "masks are returned as text",
                    run -> engine(run).equals("jet") && run.finalIds().contains(FamilyCases.MASK)),
            new FamilyBug(
                    "steps and clean pass see other blocks than the model's",
                    run -> run.settings().path("function").asText().equals("generate")
                            && run.settings().path("block_size").asInt() > 32),
            new FamilyBug(
                    "an end token at the start of a block is passed over",
                    run -> run.settings().path("function").asText().equals("batch_sample") && passesOverAnEnd(run)));

    /** Files that this test leaves to another one, which replays edits, and to none: nothing here inserts or deletes. */
    private static final List<String> OTHER_FILES = List.of("llada21_edit.json", "llada22_indel.json");

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
        Stream<FamilyKind> sdar = Stream.of("own", "jet", "lmd")
                .map(engine -> new FamilyKind(
                        SDAR, engine, run -> faultless(run) && engine(run).equals(engine), FamilyTraceTest::sdar));
        Stream<FamilyKind> fastDllm = Stream.of("generate", "batch_sample")
                .flatMap(function -> Stream.of(false, true)
                        .map(blockCache -> new FamilyKind(
                                FAST_DLLM,
                                function + (blockCache ? ", block cache" : ""),
                                run -> faultless(run)
                                        && text(run, "function").equals(function)
                                        && run.settings().get("use_block_cache").asBoolean() == blockCache,
                                FamilyTraceTest::fastDllm)));
        Stream<FamilyKind> dllm = Stream.of(
                new FamilyKind(
                        MDLM,
                        "sample",
                        run -> faultless(run) && text(run, "function").equals("sample"),
                        FamilyTraceTest::mdlm),
                new FamilyKind(
                        MDLM,
                        "infill",
                        run -> faultless(run) && text(run, "function").equals("infill"),
                        FamilyTraceTest::infill),
                new FamilyKind(
                        MODERNBERT,
                        "sample",
                        run -> faultless(run) && text(run, "function").equals("sample"),
                        FamilyTraceTest::mdlm),
                new FamilyKind(
                        MODERNBERT,
                        "infill",
                        run -> faultless(run) && text(run, "function").equals("infill"),
                        FamilyTraceTest::infill),
                new FamilyKind(BD3LM, "cached", run -> faultless(run) && !guided(run), FamilyTraceTest::bd3lm),
                new FamilyKind(BD3LM, "guided", run -> faultless(run) && guided(run), FamilyTraceTest::bd3lm));
        return Stream.of(sdar, fastDllm, dllm, LladaMoeRuns.kinds(), Llada2Runs.kinds())
                .flatMap(kinds -> kinds)
                .toList();
    }

    static List<String> files() {
        return kinds().stream().map(FamilyKind::file).distinct().toList();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyForwardIsTheOriginals(FamilyKind kind) throws IOException {
        replay.allExact(kind);
    }

    /** Those whose originals compute finished rows in forwards of their own. */
    static List<FamilyKind> kindsApart() {
        return kinds().stream()
                .filter(kind -> kind.file().equals(SDAR)
                        || (kind.file().equals(BD3LM) && kind.name().equals("cached"))
                        || Llada2Runs.computesBlocksApart(kind))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("kindsApart")
    void finishedRowsAlongWithOthersChangeNoBit(FamilyKind kind) throws IOException {
        replay.sameAlongWithOthers(kind);
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyRunIsReplayedOnceOrIsABugOfTheOriginal(String file) throws IOException {
        List<FamilyBug> known = Stream.of(BUGS, LladaMoeRuns.BUGS, Llada2Runs.BUGS)
                .flatMap(List::stream)
                .toList();
        FamilyReplay.requireOneKindEach(file, kinds().stream(), known);
    }

    @Test
    void everyFileOfTracesIsKnown() throws IOException {
        try (Stream<Path> traces = Files.list(FamiliesFolder.find("traces"))) {
            assertThat(traces.map(path -> path.getFileName().toString()).filter(name -> name.endsWith(".json")))
                    .isSubsetOf(Stream.concat(files().stream(), OTHER_FILES.stream())
                            .toList());
        }
    }

    private static FamilyCase sdar(Trace run) {
        JsonNode settings = run.settings();
        int block = settings.get("block_length").asInt();
        int prompt = run.prompt().size();
        int canvas = (prompt + settings.get("gen_length").asInt() + block - 1) / block * block;
        boolean lmdeploy = engine(run).equals("lmd");
        Set<Integer> ends = new HashSet<>(Trace.integers(settings.path("stop_ids")));
        if (ends.isEmpty() && engine(run).equals("jet")) {
            ends.add(PAD);
        }
        DecodingConfig config = FamilyCases.config("blocks(" + block + ",from=start)", canvas - prompt, canvas - prompt)
                .withStrategy(UnmaskingStrategy.parse(sdarRule(settings, engine(run))))
                .withCache(CacheSpec.parse("blocks(clean=" + (lmdeploy ? "lmdeploy" : "apart") + ")"))
                .withStop(StopRule.parse(ends.isEmpty() ? "full" : "eot(when=block)"));
        double temperature = settings.path("temperature").asDouble(1);
        if (temperature != 1 || settings.has("top_k")) {
            config = config.withSampling(new Sampling(
                            temperature,
                            settings.path("top_k").asInt(0),
                            settings.path("top_p").asDouble(1),
                            0)
                    .withBestToken());
        }
        Trace expected = run;
        if (lmdeploy && ends.isEmpty()) {
            expected = run.withFinalIds(allTokens(run, canvas));
        }
        return new FamilyCase(
                FamilyCases.options(OptionalInt.of(block), Optional.empty()),
                false,
                run.prompt(),
                Draft.masks(canvas - prompt),
                ends,
                config,
                FamilyCases.cut(expected, prompt, ends));
    }

    private static String sdarRule(JsonNode settings, String engine) {
        int steps = settings.get("denoising_steps").asInt();
        String remainder = engine.equals("lmd") ? ",remainder=ignored)" : ")";
        double threshold = settings.path("confidence_threshold").asDouble(engine.equals("jet") ? 0.9 : 0.85);
        return switch (settings.get("remasking_strategy").asText()) {
            case "sequential" -> "sequential(steps=" + steps + remainder;
            case "low_confidence_static" -> "static(steps=" + steps + remainder;
            case "low_confidence_dynamic" ->
                engine.equals("lmd")
                        ? "threshold(" + threshold + ")"
                        : "dynamic(" + threshold + ",steps=" + steps
                                + (engine.equals("jet") ? ",fallback=leftmost)" : ")");
            case "entropy_bounded" ->
                "entropy-bound(" + settings.get("eb_threshold").asDouble() + ")";
            default -> throw new IllegalArgumentException(settings.toString());
        };
    }

    private static FamilyCase fastDllm(Trace run) {
        JsonNode settings = run.settings();
        int block = settings.get("block_size").asInt();
        int prompt = run.prompt().size();
        int rounds = settings.get("max_new_tokens").asInt() / block;
        int canvas = prompt / block * block + rounds * block + 1;
        boolean batch = text(run, "function").equals("batch_sample");
        String inside = settings.get("use_block_cache").asBoolean() ? "kept" : "whole";
        Set<Integer> ends = Set.of(settings.get("stop_token").asInt());
        DecodingConfig config = FamilyCases.config(
                        "blocks(" + settings.get("small_block_size").asInt() + ",from=start)",
                        canvas - prompt,
                        canvas - prompt)
                .withStrategy(UnmaskingStrategy.parse(
                        "threshold(" + settings.get("threshold").asDouble() + ",equal=waits)"))
                .withCache(CacheSpec.parse("blocks(clean=apart,first=alone,inside=" + inside + ")"))
                .withStop(StopRule.parse(batch ? "eot(when=block)" : "eot"));
        return new FamilyCase(
                FamilyCases.options(OptionalInt.of(block), Optional.empty()),
                false,
                run.prompt(),
                Draft.masks(canvas - prompt),
                ends,
                config,
                FamilyCases.cut(run, prompt, ends));
    }

    private static FamilyCase mdlm(Trace run) {
        JsonNode settings = run.settings();
        int length = settings.get("max_new_tokens").asInt();
        DecodingConfig config = FamilyCases.config(
                        "blocks(" + settings.get("block_size").asInt() + ")",
                        length,
                        settings.get("steps").asInt())
                .withStrategy(schedule(settings))
                .withStop(StopRule.parse("full"));
        return new FamilyCase(
                FamilyCases.options(OptionalInt.empty(), modernBert(run) ? Optional.empty() : Optional.of(Kind.MDLM)),
                shifted(run),
                run.prompt(),
                Draft.masks(length),
                Set.of(),
                guided(config, settings),
                run);
    }

    private static FamilyCase infill(Trace run) {
        JsonNode settings = run.settings();
        int[] text = run.prompt().stream().mapToInt(Integer::intValue).toArray();
        BitSet given = new BitSet();
        for (int place = 0; place < text.length; place++) {
            given.set(place, text[place] != FamilyCases.MASK);
        }
        String window = settings.get("block_size").isNull()
                ? "all"
                : "blocks(" + settings.get("block_size").asInt() + ")";
        DecodingConfig config = FamilyCases.config(
                        window, text.length, settings.get("steps").asInt())
                .withStrategy(schedule(settings))
                .withStop(StopRule.parse("full"));
        return new FamilyCase(
                FamilyCases.options(OptionalInt.empty(), modernBert(run) ? Optional.empty() : Optional.of(Kind.MDLM)),
                shifted(run),
                List.of(),
                Draft.of(text, given),
                Set.of(),
                guided(config, settings),
                run);
    }

    private static FamilyCase bd3lm(Trace run) {
        JsonNode settings = run.settings();
        int block = settings.get("block_size").asInt();
        int length = settings.get("max_new_tokens").asInt();
        int padding = Math.floorMod(-run.prompt().size(), block);
        int prompt = run.prompt().size();
        Set<Integer> ends = Set.of(settings.path("eos_id").asInt(PAD - 5));
        DecodingConfig config = FamilyCases.config(
                        "blocks(" + block + ")", length, settings.get("steps").asInt())
                .withStrategy(schedule(settings))
                .withStop(StopRule.parse("eot(when=block)"));
        DecodingConfig plain = guided(config, settings);
        Trace expected = FamilyCases.cut(run.withoutFirst(padding), prompt, ends);
        return new FamilyCase(
                FamilyCases.options(OptionalInt.of(block), Optional.of(Kind.BD3LM)),
                shifted(run),
                run.prompt(),
                Draft.masks(length),
                ends,
                guided(run) ? plain : plain.withCache(CacheSpec.parse("blocks(clean=lmdeploy)")),
                guided(run) ? expected.withoutEmptySteps() : expected);
    }

    private static UnmaskingStrategy schedule(JsonNode settings) {
        String alpha = settings.path("scheduler").asText("linear").toLowerCase(Locale.ROOT);
        UnmaskingStrategy schedule = UnmaskingStrategy.parse("schedule(rounding=dllm,alpha=" + alpha + ")");
        Set<Integer> last = Set.copyOf(Trace.integers(settings.path("begin_suppress_tokens")));
        return last.isEmpty() ? schedule : new SuppressedLast(schedule, last);
    }

    private static DecodingConfig guided(DecodingConfig config, JsonNode settings) {
        Map<Integer, Float> suppressed = new HashMap<>();
        Trace.integers(settings.path("suppress_tokens")).forEach(token -> suppressed.put(token, -100f));
        Set<Integer> shown = Set.copyOf(Trace.integers(settings.path("cfg_keep_tokens")));
        return config.withSampling(config.sampling().withBias(suppressed))
                .withGuidance(new Guidance(settings.path("cfg_scale").asDouble(0), shown));
    }

    /** What the steps decoded behind the prompt, also where the original returned less. */
    private static List<Integer> allTokens(Trace run, int length) {
        List<Integer> ids = new ArrayList<>(run.prompt());
        while (ids.size() < length) {
            ids.add(FamilyCases.MASK);
        }
        run.steps().forEach(step -> step.forEach(commit -> ids.set(commit.position(), commit.token())));
        return ids;
    }

    /** Whether an end token came from a clean pass and decoding went on. */
    private static boolean passesOverAnEnd(Trace run) {
        int end = run.settings().path("stop_token").asInt();
        for (JsonNode step : run.run().get("steps")) {
            boolean clean = !step.get("kind").asText().startsWith("block")
                    && !step.get("kind").asText().equals("sub");
            for (JsonNode commit : step.get("decoded")) {
                if (clean && commit.get(1).asInt() == end) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean faultless(Trace run) {
        return FamilyCases.faultless(run, BUGS);
    }

    private static boolean modernBert(Trace run) {
        return run.name().startsWith("mb_");
    }

    private static boolean guided(Trace run) {
        return run.settings().path("cfg_scale").asDouble(0) > 0;
    }

    private static boolean shifted(Trace run) {
        return run.settings().path("right_shift_logits").asBoolean();
    }

    private static String engine(Trace run) {
        return run.run().path("engine").asText();
    }

    private static String text(Trace run, String setting) {
        return run.settings().get(setting).asText();
    }
}
