package dev.dllm4j.decoder.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.FilterFiles;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.SpecialFiles;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceTest {
    private static final int END = ScriptedPredictor.END;

    /** Six positions behind a prompt of two, in blocks of three. */
    private static final DecodingConfig CONFIG = DecodingConfig.DEFAULT.withFrame(new Blocks(3), 6, 6);

    private static final int[] PROMPT = {1, 2};

    @TempDir
    Path folder;

    /** Position 2 is sure at once, 3 and 4 at 0.6 and 0.5; the end stands at 5. */
    private final Decoder decoder = decoder((forward, position) -> switch (position) {
        case 2 -> Prediction.of(7, 0.95);
        case 3 -> Prediction.of(8, 0.6);
        case 4 -> Prediction.of(9, 0.5);
        default -> Prediction.of(END, 0.9);
    });

    @Test
    void aTraceIsAHeaderAndALineAStep() throws IOException {
        record(decoder, CONFIG, Draft.masks(6));
        List<JsonNode> lines = lines();

        assertThat(lines).hasSize(1 + 4);
        JsonNode header = lines.get(0);
        assertThat(header.get("model_hash").textValue()).isEqualTo("hash");
        assertThat(header.get("settings").get("strategy").textValue()).isEqualTo("threshold(0.9)");
        assertThat(header.get("prompt_ids")).hasToString("[1,2]");
        JsonNode first = lines.get(1);
        assertThat(first.get("rows")).hasToString("[[0,8]]");
        assertThat(first.get("refreshed_from_layer").intValue()).isZero();
        assertThat(first.get("predictions")).hasSize(3);
        assertThat(first.get("committed"))
                .hasToString("[{\"position\":2,\"token\":7,\"probability\":0.95,\"text\":\"<7>\"}]");
        assertThat(first.get("remasked")).isEmpty();
        assertThat(first.get("truncated").isNull()).isTrue();
        assertThat(lines.get(4).get("truncated").intValue()).isEqualTo(6);
    }

    /**
     * Elastic on two layers, two commits a step: every row at first; then the tracked, committed and open rows; then,
     * as the first layer's attention has drifted, every row in the second layer.
     */
    @Test
    void rowsAndTheLayerFromWhichAllAreComputedAreRecorded() throws IOException {
        ScriptedPredictor model = ScriptedPredictor.attending(
                Family.LLADA,
                2,
                (forward, position) -> Prediction.of(3, 0.3 + 0.01 * position),
                new ScriptedPredictor.Attention() {
                    @Override
                    public float similarity(int forward, int layer) {
                        return forward == 2 && layer == 0 ? 0.5f : 1;
                    }

                    @Override
                    public float column(int forward, int layer, int position) {
                        return -position;
                    }
                });
        DecodingConfig config = CONFIG.withWindow(new Leftmost(3))
                .withStrategy(UnmaskingStrategy.parse("topk(2)"))
                .withStop(StopRule.parse("full"))
                .withCache(CacheSpec.parse("elastic"));
        record(new Decoder(model, new TokenNames(), Optional.empty(), "hash"), config, Draft.masks(6));
        List<JsonNode> lines = lines();

        assertThat(lines).hasSize(1 + 3);
        assertThat(lines.get(1).get("rows")).hasToString("[[0,8]]");
        assertThat(lines.get(1).get("refreshed_from_layer").intValue()).isZero();
        assertThat(lines.get(2).get("rows")).hasToString("[[0,1],[3,5],[2,3],[5,7]]");
        assertThat(lines.get(2).get("refreshed_from_layer").isNull()).isTrue();
        assertThat(lines.get(3).get("rows")).hasToString("[[0,1],[5,7],[2,3],[7,8]]");
        assertThat(lines.get(3).get("refreshed_from_layer").intValue()).isEqualTo(1);
    }

    /** Entering a block of three decodes all of it, and dual then makes a forward that has nothing to decode. */
    @Test
    void aForwardThatDecidesNothingIsReplayedAsSuch() {
        Decoder sure = decoder((forward, position) -> Prediction.of(position, 0.95));
        Trace trace = record(
                sure, CONFIG.withStop(StopRule.parse("full")).withCache(CacheSpec.parse("dual")), Draft.masks(6));
        List<Decision> decisions = trace.replay(UnmaskingStrategy.parse("threshold"));

        assertThat(decisions).hasSize(4).allMatch(Decision::same);
        assertThat(decisions.get(1).recorded()).isEmpty();
    }

    /** The end at 4 gives up 5 to 7, which are the open part of no later step. */
    @ParameterizedTest
    @ValueSource(strings = {"blocks(3)", "leftmost(4)", "all"})
    void aCanvasThatWasFrozenIsFrozenInReplay(String window) throws IOException {
        Decoder early = decoder((forward, position) ->
                position == 4 ? Prediction.of(END, 0.95) : Prediction.of(position, 0.3 + 0.01 * position));
        DecodingConfig config = CONFIG.withWindow(Window.parse(window)).withStop(StopRule.parse("eos-freeze"));
        Trace trace = record(early, config, Draft.masks(6));

        assertThat(lines().get(1).get("frozen").intValue()).isEqualTo(5);
        assertThat(lines().get(2).get("frozen").isNull()).isTrue();
        assertThat(trace.replay(config.strategy())).hasSize(3).allMatch(Decision::same);
        assertThat(trace.replay(UnmaskingStrategy.parse("threshold(0.1)")))
                .extracting(decision -> List.copyOf(decision.replayed().keySet()))
                .last()
                .isEqualTo(List.of(2));
    }

    /** The forward that enters a block of three commits its first position alone, however sure of the others. */
    @ParameterizedTest
    @ValueSource(strings = {"prefix", "dual"})
    void replayOpensNoMoreThanTheCacheDid(String cache) throws IOException {
        Decoder sure = new Decoder(
                new ScriptedPredictor(Family.DREAM, (forward, position) -> Prediction.of(position, 0.95)),
                new TokenNames(),
                Optional.empty(),
                "hash");
        DecodingConfig config = CONFIG.withStop(StopRule.parse("full")).withCache(CacheSpec.parse(cache));
        Trace trace = record(sure, config, Draft.masks(6));

        assertThat(lines().get(1).get("open_limit").intValue()).isEqualTo(1);
        assertThat(lines().get(2).get("open_limit").isNull()).isTrue();
        assertThat(trace.replay(config.strategy())).allMatch(Decision::same);
        assertThat(trace.replay(UnmaskingStrategy.parse("topk(2)")))
                .extracting(decision -> List.copyOf(decision.replayed().keySet()))
                .containsExactly(List.of(2), List.of(3, 4), List.of(5), List.of(6, 7));
    }

    /** The second prompt that begins alike is refused its start; noise counts from the forward behind. */
    @Test
    void aRefusedForwardIsRecordedAndCountsForNoStrategy() throws IOException {
        DecodingConfig config = CONFIG.withWindow(new Leftmost(4))
                .withStrategy(UnmaskingStrategy.parse("random"))
                .withStop(StopRule.parse("full"))
                .withCache(CacheSpec.parse("elastic(gamma=1.5,prefix-reuse=on)"));
        int[] prompt = IntStream.range(3, 23).toArray();
        try (Decoder tiny = new Decoder(
                TinyModels.open(folder.resolve("tiny"), Family.LLADA), new TokenNames(), Optional.empty(), "hash")) {
            tiny.start(prompt, config).steps().forEach(report -> {});
            Trace trace = record(tiny, tiny.start(prompt, config));

            assertThat(lines().get(1).get("rows"))
                    .hasToString("[[1,2],[3,4],[5,6],[7,8],[9,10],[11,12],[13,14],[15,26]]");
            assertThat(lines().get(1).get("refreshed_from_layer").isNull()).isTrue();
            assertThat(lines().get(1).get("predictions")).isEmpty();
            assertThat(lines().get(2).get("rows")).hasToString("[[0,26]]");
            assertThat(lines().get(1).get("work"))
                    .hasToString("{\"rows_computed\":6,\"rows_full\":26,\"layers_refreshed\":0,"
                            + "\"refresh_share\":[0.0,0.0,0.0]}");
            assertThat(lines().get(2).get("work"))
                    .hasToString("{\"rows_computed\":32,\"rows_full\":52,\"layers_refreshed\":3,"
                            + "\"refresh_share\":[0.5,0.5,0.5]}");
            assertThat(lines()).hasSize(1 + 1 + 6);
            assertThat(trace.replay(UnmaskingStrategy.parse("random"))).allMatch(Decision::same);
        }
    }

    @Test
    void aPredictionHasTheSixteenBestIdsButTheMaskWithTheirLogits() throws IOException {
        record(decoder, CONFIG, Draft.masks(6));
        JsonNode prediction = lines().get(1).get("predictions").get(1);

        assertThat(prediction.get("position").intValue()).isEqualTo(3);
        assertThat(prediction.get("ids")).hasToString("[8,9,0,1,2,3,4,5,6,7,10,11,12,13,14]");
        assertThat(prediction.get("logits").get(0).floatValue()).isEqualTo((float) Math.log(0.6f));
        assertThat(prediction.get("probability").floatValue()).isEqualTo(0.6f);
        assertThat(prediction.get("second_probability").floatValue()).isEqualTo(0.2f);
        assertThat(prediction.get("entropy").floatValue())
                .isEqualTo(Prediction.of(8, 0.6).entropy());
        assertThat(prediction.get("logsumexp").floatValue()).isZero();
    }

    @Test
    void theRecordedStrategyDecidesTheSameAgain() {
        for (String strategy : List.of(
                "threshold(0.9)",
                "entropy(0.45)",
                "factor(1.0)",
                "schedule",
                "schedule(by=margin)",
                "topk(2)",
                "hierarchy(threshold=0.55,low=0.4)",
                "filter(path=" + FilterFiles.write(folder, 3) + ",accept=0.5)",
                "dream-threshold(0.55)",
                "random",
                "credit",
                "credit(preset=adaptive,then=factor(1.0))",
                "revise(commit=0.7,keep=0.55)",
                "credit(then=revise(commit=0.7,keep=0.55))",
                "edit(0.5,post=3,then=topk(2))",
                "credit(then=edit(0.5,post=3,reading=sglang,then=topk(2)))",
                "dream-schedule")) {
            Trace trace = record(decoder, CONFIG.withStrategy(UnmaskingStrategy.parse(strategy)), Draft.masks(6));
            assertThat(trace.replay(UnmaskingStrategy.parse(trace.strategy())))
                    .as(strategy)
                    .isNotEmpty()
                    .allMatch(Decision::same);
        }
    }

    /** On the recorded path the second step has 3 and 4 open, the third 4 alone. */
    @Test
    void anotherStrategyDecidesOnTheRecordedPath() {
        List<Decision> decisions =
                record(decoder, CONFIG, Draft.masks(6)).replay(UnmaskingStrategy.parse("threshold(0.5)"));

        assertThat(decisions)
                .extracting(decision -> List.copyOf(decision.recorded().keySet()))
                .containsExactly(List.of(2), List.of(3), List.of(4), List.of(5, 6, 7));
        assertThat(decisions)
                .extracting(decision -> List.copyOf(decision.replayed().keySet()))
                .containsExactly(List.of(2, 3, 4), List.of(3, 4), List.of(4), List.of(5, 6, 7));
        assertThat(decisions).extracting(Decision::same).containsExactly(false, false, true, true);
        assertThat(decisions.get(1).common()).isEqualTo(1);
    }

    @Test
    void replayStopsWhereItWouldNeedMoreThanWasRecorded() {
        Trace trace = record(decoder, CONFIG, Draft.masks(6));

        assertThatThrownBy(() -> trace.replay(UnmaskingStrategy.parse("revise")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("at step 2 revise(commit=0.7,keep=0.3) needs what the model says of position 2, which was"
                        + " not recorded; record a trace with this strategy");
        Trace sampled = record(decoder, CONFIG.withSampling(new Sampling(1, 0, 1, 3)), Draft.masks(6));
        assertThatThrownBy(() -> sampled.replay(UnmaskingStrategy.parse("threshold")))
                .hasMessage("the trace was sampled, and replay knows the best tokens alone; record it with temperature"
                        + " 0, top-k 0 and top-p 1");
    }

    /** Token 4 was best at position 4, and has credit there when 5 is. */
    @Test
    void replayStopsWhereATokenItAsksForWasNotAmongTheRecordedOnes() throws IOException {
        Decoder wavering = decoder((forward, position) -> Prediction.of(forward % 2 + position, 0.5 - 0.01 * position));
        UnmaskingStrategy credit = UnmaskingStrategy.parse("credit");
        assertThat(record(wavering, CONFIG.withStrategy(credit), Draft.masks(6)).replay(credit))
                .allMatch(Decision::same);
        List<String> lines = new ArrayList<>();
        for (JsonNode line : lines()) {
            for (JsonNode prediction : line.path("predictions")) {
                if (line.path("step").intValue() == 1
                        && prediction.get("position").intValue() == 4) {
                    forget(prediction, 4);
                }
            }
            lines.add(line.toString());
        }
        Path file = folder.resolve("trace.jsonl");
        Files.write(file, lines);

        assertThatThrownBy(() -> Trace.read(file).replay(credit))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("at step 2 " + credit + " needs the logit of token 4 at position 4, which was not"
                        + " recorded; record a trace with this strategy");
    }

    private static void forget(JsonNode prediction, int token) {
        ArrayNode ids = (ArrayNode) prediction.get("ids");
        for (int rank = 0; rank < ids.size(); rank++) {
            if (ids.get(rank).intValue() == token) {
                ids.remove(rank);
                ((ArrayNode) prediction.get("logits")).remove(rank);
                return;
            }
        }
        throw new AssertionError("token " + token + " is not among " + ids);
    }

    @Test
    void infillAndRevisionAreRecordedWithTheirText() throws IOException {
        Draft draft = Draft.text(4, 5).thenMasks(2).thenText(6).thenMasks(1);
        DecodingConfig config = DecodingConfig.INFILL
                .withGenLength(6)
                .withStrategy(UnmaskingStrategy.parse("revise(commit=0.9,keep=0.7)"));
        Decoder wavering = decoder((forward, position) -> Prediction.of(forward % 2 + position, 0.6));
        Trace trace = record(wavering, config, draft);

        assertThat(lines().get(0).get("draft")).hasToString("[4,5,null,null,6,null]");
        assertThat(lines().get(2).get("remasked")).hasToString("[4]");
        assertThat(trace.replay(UnmaskingStrategy.parse(trace.strategy()))).allMatch(Decision::same);
    }

    /** Blocks of three: 2 is edited in the second step, and again once its block is filled, which then stays as it is. */
    @Test
    void anEditIsRecordedWithTheTokenBeforeAndReplayed() throws IOException {
        Decoder moving = decoder((forward, position) ->
                position == 2 ? Prediction.of(4 + Math.min(forward, 2), 0.9) : Prediction.of(position, 0.8));
        DecodingConfig config = CONFIG.withStop(StopRule.parse("full"))
                .withStrategy(UnmaskingStrategy.parse("edit(0.5,post=4,then=topk(2))"));
        Trace trace = record(moving, config, Draft.masks(6));

        assertThat(lines().get(0).get("format").intValue()).isEqualTo(3);
        assertThat(lines().get(1).get("edited")).isEmpty();
        assertThat(lines().get(2).get("edited"))
                .hasToString("[{\"position\":2,\"old\":4,\"token\":5,\"probability\":0.9,"
                        + "\"old_text\":\"<4>\",\"text\":\"<5>\"}]");
        assertThat(lines().subList(1, 5))
                .extracting(line -> line.get("held").booleanValue())
                .containsExactly(true, true, true, false);
        List<Decision> decisions = trace.replay(config.strategy());
        assertThat(decisions).allMatch(Decision::same);
        assertThat(decisions.get(2).recordedEdits()).isEqualTo(Map.of(2, 6));
        assertThat(trace.svg()).contains(">&lt;6&gt;</text>", ">1\u21923</text>");
    }

    @Test
    void onThePathOfEditsAStrategyThatDoesNotEditDecidesNothingInAFilledBlock() {
        Decoder moving = decoder((forward, position) -> Prediction.of((forward + position) % 9, 0.8));
        DecodingConfig config = CONFIG.withStop(StopRule.parse("full"))
                .withStrategy(UnmaskingStrategy.parse("edit(0.5,post=2,reading=hf,then=threshold(0.7))"));
        Trace trace = record(moving, config, Draft.masks(6));

        List<Decision> decisions = trace.replay(UnmaskingStrategy.parse("threshold(0.7)"));
        assertThat(decisions).hasSize(6);
        assertThat(decisions).extracting(decision -> decision.replayed().size()).containsExactly(3, 0, 0, 3, 0, 0);
        assertThat(decisions)
                .extracting(decision -> decision.recordedEdits().size())
                .containsExactly(0, 3, 3, 0, 3, 3);
        assertThat(decisions).allMatch(decision -> decision.replayedEdits().isEmpty());
    }

    @Test
    void editsAreRefusedWhereNothingSaysOfCommittedTokens() {
        Trace trace = record(decoder, CONFIG, Draft.masks(6));

        assertThatThrownBy(() -> trace.replay(UnmaskingStrategy.parse("edit")))
                .hasMessageEndingWith(
                        "needs what the model says of position 2, which was not recorded; record a trace with this strategy");
    }

    @Test
    void aTraceFromBeforeThereWereEditsIsRead() throws IOException {
        record(decoder, CONFIG, Draft.masks(6));
        Path file = folder.resolve("trace.jsonl");
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(line.replace("\"format\":3", "\"format\":2").replace(",\"edited\":[],\"held\":false", ""));
        }
        assertThat(lines).noneMatch(line -> line.contains("edited"));
        Files.write(file, lines);
        assertThat(Trace.read(file).replay(CONFIG.strategy())).hasSize(4).allMatch(Decision::same);

        lines.set(0, lines.get(0).replace("\"format\":2", "\"format\":4"));
        Files.write(file, lines);
        assertThatThrownBy(() -> Trace.read(file))
                .hasMessage(file + " is no trace: line 1 has format 4, and this version of dllm4j reads 2 and 3; record"
                        + " it again");
    }

    @Test
    void thePictureHasACellAPositionWithTextAndStep() {
        String svg = record(decoder, CONFIG, Draft.masks(6)).svg();

        assertThat(svg).startsWith("<svg ").endsWith("</svg>\n").contains(">&lt;7&gt;</text>", ">4</text>");
        assertThat(svg.split("<rect ", -1)).hasSize(1 + 4);
    }

    /** With a real model: the recorded bits are the bits that the strategy judged. */
    @ParameterizedTest
    @EnumSource
    void aModelsDecodingIsDecidedTheSameAgain(Family family) throws IOException {
        try (Decoder tiny = new Decoder(
                TinyModels.open(folder.resolve("tiny"), family), new TokenNames(), Optional.empty(), "hash")) {
            for (String strategy : List.of(
                    "threshold(0.05)",
                    "credit(then=entropy(4))",
                    "revise(commit=0.1,keep=0.05)",
                    "edit(0.02,then=topk(3))")) {
                DecodingConfig config = DecodingConfig.DEFAULT
                        .withFrame(new Blocks(8), 24, 24)
                        .withStop(StopRule.parse("full"))
                        .withStrategy(UnmaskingStrategy.parse(strategy));
                Decoding plain = tiny.start(PROMPT, config);
                plain.steps().forEach(report -> {});
                Decoding traced = tiny.start(PROMPT, config);
                Trace trace = record(tiny, traced);

                JsonNode prediction = lines().get(1).get("predictions").get(0);
                assertThat(prediction.get("ids")).hasSize(16).doesNotHaveDuplicates();
                assertThat(prediction
                                .get("logits")
                                .valueStream()
                                .map(JsonNode::floatValue)
                                .toList())
                        .hasSize(16)
                        .isSortedAccordingTo(Comparator.reverseOrder());
                assertThat(prediction.get("ids").valueStream().map(JsonNode::intValue))
                        .doesNotContain(tiny.spec().maskToken());
                assertThat(traced.tokens()).isEqualTo(plain.tokens());
                assertThat(trace.steps()).hasSize(plain.work().forwards());
                assertThat(trace.replay(config.strategy())).allMatch(Decision::same);
            }
        }
    }

    @Test
    void aFileThatIsNoTraceIsRefusedByItsLine() throws IOException {
        record(decoder, CONFIG, Draft.masks(6));
        Path file = folder.resolve("trace.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.set(2, "{\"step\":1,\"open_limit\":null}");
        Files.write(file, lines);
        assertThatThrownBy(() -> Trace.read(file)).hasMessage(file + " is no trace: line 3 has no list predictions");
        Files.writeString(file, "no json\n");
        assertThatThrownBy(() -> Trace.read(file)).hasMessage(file + " is no trace: line 1 is no JSON");
        Files.writeString(file, "");
        assertThatThrownBy(() -> Trace.read(file)).hasMessageContaining("it is empty");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | \"gen_length\":6 | \"gen_length\":1000000000 | gen_length 1000000000 positions",
                "1 | \"prompt_ids\":[1,2] | \"prompt_ids\":[1,-2] | has -2 in prompt_ids",
                "1 | \"mask_token\": | \"mask_token\":-1,\"m\": | has -1 in mask_token",
                "2 | \"position\":2 | \"position\":2000000000 | has 2000000000 in predictions",
                "2 | \"position\":2 | \"position\":-1 | has -1 in predictions",
                "2 | \"ids\":[ | \"ids\":[],\"i\":[ | has 0 ids",
                "2 | \"logits\":[ | \"logits\":[1.0, | logits at position 2; they are as many",
                "2 | \"open_limit\":null | \"open_limit\":9 | has 9 in open_limit",
                "2 | \"remasked\":[] | \"remasked\":[8] | has 8 in remasked",
                "2 | \"edited\":[] | \"edited\":[{\"position\":8,\"old\":1,\"token\":2,\"probability\":1,"
                        + "\"old_text\":\"\",\"text\":\"\"}] | has 8 in edited",
                "2 | \"held\":false | \"held\":1 | has no true or false held",
                "2 | \"truncated\":null | \"truncated\":-1 | has -1 in truncated",
                "2 | \"step\":0 | \"step\":1000000000 | has step 1000000000"
            })
    void aLengthIsNotBelieved(int line, String recorded, String said, String refusal) throws IOException {
        record(decoder, CONFIG, Draft.masks(6));
        Path file = folder.resolve("trace.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        assertThat(lines.get(line - 1)).contains(recorded);
        lines.set(line - 1, lines.get(line - 1).replace(recorded, said));
        Files.write(file, lines);

        assertThatThrownBy(() -> Trace.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + " is no trace: line " + line + " ")
                .hasMessageContaining(refusal);
    }

    @Test
    void aPipeIsNotWaitedFor() throws IOException {
        Path pipe = SpecialFiles.pipe(folder.resolve("pipe"));
        assertThatThrownBy(() -> Trace.read(pipe))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is a pipe");
    }

    @Test
    void stepsThatDoNotFitEachOtherAreRefused() throws IOException {
        record(decoder, CONFIG, Draft.masks(6));
        Path file = folder.resolve("trace.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.add(2, lines.get(1).replace("\"step\":0", "\"step\":1"));
        Files.write(file, lines);

        assertThatThrownBy(() -> Trace.read(file).replay(UnmaskingStrategy.parse("threshold")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "step 2 of the trace does not fit those before it: position 2 is committed already; record it"
                                + " again");
    }

    private Trace record(Decoder of, DecodingConfig config, Draft draft) {
        return record(of, of.start(PROMPT, draft, config));
    }

    private Trace record(Decoder of, Decoding decoding) {
        Path file = folder.resolve("trace.jsonl");
        try (TraceWriter writer = new TraceWriter(
                file,
                of,
                decoding,
                AnswerJson.settings("scripted", decoding.config(), RuntimeOptions.DEFAULT, LayerCache.DEFAULT_BUDGET),
                token -> "<" + token + ">")) {
            StepReport last;
            do {
                last = writer.step();
            } while (!last.done());
        }
        return Trace.read(file);
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("trace.jsonl"))) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    private static Decoder decoder(ScriptedPredictor.Script script) {
        return new Decoder(new ScriptedPredictor(script), new TokenNames(), Optional.empty(), "hash");
    }
}
