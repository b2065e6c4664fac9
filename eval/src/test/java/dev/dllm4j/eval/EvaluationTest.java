package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationTest {
    private static final DecodingConfig SURE =
            DecodingConfig.DEFAULT.withGenLength(32).withWindow(new Blocks(8));
    private static final DecodingConfig UNSURE = SURE.withStrategy(new ConfidenceThreshold(1.5));
    private static final Map<String, String> OUTPUTS = Map.of(
            "How much are 2 and 3?", "2 + 3 = 5. #### 5",
            "How much are 20 and 3?", "20 + 3 = 24. #### 24",
            "How much is 1 less than 6?", "It is 5.",
            "What do 2 bags at $617 cost?", "#### 1,234. #### 7");

    @TempDir
    Path folder;

    @Test
    void aRunWritesALineAnItemAndASummary() throws IOException {
        Path out = folder.resolve("results/today");

        List<Summary> summaries = evaluate(out, SURE);

        assertThat(withoutTimes(Files.readString(out.resolve("items.jsonl")))).isEqualTo(resource("items.jsonl"));
        assertThat(withoutSurroundings(out.resolve("summary.json"))).isEqualTo(resource("summary.json"));
        assertThat(summaries.get(0).json()).hasToString(Summary.read(out).json().toString());
    }

    @Test
    void aRunSaysWhatItIsBeforeTheFirstAnswer() throws IOException {
        Decoder ignorant = CribPredictor.decoder(Map.of());

        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> evaluation(folder, false, SURE).run(answerers(ignorant, 1, SURE), pace -> {}));

        JsonNode about = new ObjectMapper().readTree(folder.resolve("run.json").toFile());
        assertThat(about.path("model_sha256").textValue()).isEqualTo("crib");
        assertThat(about.path("task").textValue()).isEqualTo("plain");
        assertThat(about.path("surroundings").path("java").textValue())
                .isEqualTo(Runtime.version().toString());
        assertThat(about.path("surroundings").path("dllm4j").textValue()).doesNotContain("$");
        assertThat(about.path("surroundings").path("cores").intValue()).isPositive();
    }

    @Test
    void aSummaryPrintsAsOneLine() {
        assertThat(evaluate(folder, SURE))
                .hasToString("[threshold-0.9__none: strategy threshold(0.9), cache none: 2 of 5 correct (40.0 % [11.8,"
                        + " 76.9]), 1 skipped (context), counted as wrong; 11 forwards, 2.8 per item, 5.73 tokens per"
                        + " forward; 15.0 s]");
    }

    @Test
    void severalRunsWriteToAFolderEach() {
        List<Summary> summaries = evaluate(folder, SURE, UNSURE);

        assertThat(folder).isDirectoryContaining("glob:**/threshold-0.9__none");
        assertThat(folder.resolve("threshold-1.5__none"))
                .isDirectoryContaining("glob:**/items.jsonl")
                .isDirectoryContaining("glob:**/summary.json");
        assertThat(summaries).extracting(Summary::name).containsExactly("threshold-0.9__none", "threshold-1.5__none");
        assertThat(summaries).extracting(Summary::correct).containsExactly(2, 2);
        assertThat(summaries)
                .extracting(summary -> summary.json().path("forwards").intValue())
                .containsExactly(11, 67);
    }

    @Test
    void aBatchOfQuestionsGetsTheAnswersThatEachGetsAlone() throws IOException {
        evaluate(folder.resolve("alone"), SURE, UNSURE);
        Evaluation evaluation = evaluation(folder.resolve("batch"), false, SURE, UNSURE);
        evaluation.run(answerers(CribPredictor.decoder(OUTPUTS), 3, SURE, UNSURE), pace -> {});

        for (String run : List.of("threshold-0.9__none", "threshold-1.5__none")) {
            assertThat(sortedItems(folder.resolve("batch").resolve(run)))
                    .isEqualTo(sortedItems(folder.resolve("alone").resolve(run)));
        }
    }

    @Test
    void aFolderIsNamedWithoutWhatShellsFindSpecial() {
        assertThat(Evaluation.names(List.of(
                        SURE.withStrategy(new ConfidenceThreshold(0.5)),
                        SURE.withStrategy(new ConfidenceThreshold(-0.5)),
                        SURE.withStrategy(new Named("credit(alpha=0.65,then=filter(path=a/b c.bin))")))))
                .containsExactly(
                        "threshold-0.5__none",
                        "threshold--0.5__none",
                        "credit-alpha-0.65-then-filter-path-a-b-c.bin__none");
    }

    @Test
    void aLineIsInTheFileBeforeItsProgressIsTold() {
        List<Long> lines = new ArrayList<>();
        List<Progress.Pace> paces = new ArrayList<>();

        evaluation(folder, false, SURE).run(answerers(CribPredictor.decoder(OUTPUTS), 1, SURE), pace -> {
            lines.add(lineCount(folder.resolve("items.jsonl")));
            paces.add(pace);
        });

        assertThat(lines).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(paces).extracting(pace -> pace.soFar().items()).containsExactly(1, 2, 3, 4, 5);
        assertThat(paces).extracting(pace -> pace.soFar().correct()).containsExactly(1, 1, 1, 2, 2);
        assertThat(paces.get(3))
                .hasToString("4 of 5, 50.0 % correct, 0.4 a second, 5.73 tokens per forward, 0:02 left,"
                        + " threshold-0.9__none");
    }

    @Test
    void whatFailedGoesOnWhereItStopped() throws IOException {
        evaluate(folder.resolve("unbroken"), SURE);
        Path out = folder.resolve("out");
        Decoder ignorant = CribPredictor.decoder(Map.of("How much are 2 and 3?", "2 + 3 = 5. #### 5"));
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> evaluation(out, false, SURE).run(answerers(ignorant, 1, SURE), pace -> {}));
        assertThat(lineCount(out.resolve("items.jsonl"))).isEqualTo(1);
        assertThat(out.resolve("summary.json")).doesNotExist();
        Files.writeString(out.resolve("items.jsonl"), "{\"id\":\"2\",\"tor", StandardOpenOption.APPEND);

        List<Integer> here = new ArrayList<>();
        evaluation(out, true, SURE)
                .run(answerers(CribPredictor.decoder(OUTPUTS), 1, SURE), pace -> here.add(pace.here()));

        assertThat(here).containsExactly(1, 2, 3, 4);
        assertThat(sortedItems(out)).isEqualTo(sortedItems(folder.resolve("unbroken")));
        assertThat(withoutSurroundings(out.resolve("summary.json")).replaceAll("\"(wall|.*_per)_second.*", ""))
                .isEqualTo(resource("summary.json").replaceAll("\"(wall|.*_per)_second.*", ""));
    }

    @Test
    void anotherRunsFolderIsNotResumed() {
        evaluate(folder, SURE);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(folder, true, UNSURE)
                        .run(answerers(CribPredictor.decoder(OUTPUTS), 1, UNSURE), pace -> {}))
                .withMessageStartingWith(
                        "out is " + folder + "; it is a run with another strategy (\"threshold(0.9)\" there,"
                                + " \"threshold(1.5)\" here)")
                .withMessageEndingWith("; resume with that run's settings, or name another folder");
    }

    @Test
    void aFolderThatHoldsSomethingIsRefusedAndLeftAlone() throws IOException {
        Path other = Files.writeString(folder.resolve("notes.txt"), "mine");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(folder, false, SURE, UNSURE))
                .withMessage("out is " + folder + "; it must be an empty folder or not exist yet, but it holds files"
                        + " already; name another folder, or go on with that run by --resume");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(other, false, SURE))
                .withMessage("out is " + other + "; it must be an empty folder or not exist yet, but it is a file; name"
                        + " another folder");
        assertThat(folder).isDirectoryNotContaining("glob:**/threshold*");
        assertThat(other).hasContent("mine");
    }

    @Test
    void aFolderThatCannotBeMadeIsRefusedBeforeTheFirstForward() throws IOException {
        Path blocked = Files.writeString(folder.resolve("file"), "").resolve("out");

        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> evaluation(blocked, false, SURE)
                        .run(answerers(CribPredictor.decoder(Map.of()), 1, SURE), pace -> {}))
                .withMessageStartingWith("out is " + blocked + "; it cannot be written (");
    }

    @Test
    void aFullDiskIsAFailureInOneLine() throws IOException {
        Path device = Path.of("/dev/full");
        assumeTrue(Files.exists(device), "this system has no device that is always full");
        try (RunFolder run = RunFolder.on(folder, full(device))) {
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> run.add(new ObjectMapper().createObjectNode()))
                    .withMessage("out is " + folder + "; it cannot be written (java.io.IOException: No space left on"
                            + " device); make room or name another folder, and go on with --resume");
        }
    }

    private static RunFolder.Sink full(Path device) throws IOException {
        OutputStream stream = Files.newOutputStream(device);
        return new RunFolder.Sink() {
            @Override
            public void write(byte[] bytes) throws IOException {
                stream.write(bytes);
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    @Test
    void aQuestionThatFailsIsRecordedAndAskedAgainByAResumedRun() throws IOException {
        Decoder ignorant = CribPredictor.decoder(Map.of("How much are 2 and 3?", "2 + 3 = 5. #### 5"));

        Summary summary = evaluation(folder, false, false, SURE)
                .run(answerers(ignorant, 1, SURE), pace -> {})
                .get(0);

        assertThat(summary.toString())
                .contains("1 of 5 correct")
                .contains("1 skipped (context), 3 failed, counted as wrong; ");
        assertThat(summary.json().path("strict_by_item").textValue()).isEqualTo("1----");
        assertThat(Files.readString(folder.resolve("items.jsonl")))
                .contains("\"failed\":\"ModelException: nothing was learned about \\\"How much are 20 and 3?\\\"\"");

        Summary mended = evaluation(folder, true, false, SURE)
                .run(answerers(CribPredictor.decoder(OUTPUTS), 1, SURE), pace -> {})
                .get(0);
        assertThat(mended.correct()).isEqualTo(2);
        assertThat(mended.json().path("failed").intValue()).isZero();
        assertThat(lineCount(folder.resolve("items.jsonl"))).isEqualTo(8);
    }

    @Test
    void twoRunsDoNotShareAFolder() {
        Evaluation second = evaluation(folder, true, SURE);
        AtomicReference<Throwable> refusal = new AtomicReference<>();

        evaluation(folder, false, SURE)
                .run(
                        answerers(CribPredictor.decoder(OUTPUTS), 1, SURE),
                        pace -> refusal.set(catchThrowable(
                                () -> second.run(answerers(CribPredictor.decoder(OUTPUTS), 1, SURE), none -> {}))));

        assertThat(refusal.get())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("out is " + folder
                        + "; another evaluation writes to it, so wait for its end or name another folder");
        assertThat(lineCount(folder.resolve("items.jsonl"))).isEqualTo(5);
    }

    @Test
    void answersWithoutWhatTheyAnswerAreNotResumed() throws IOException {
        evaluate(folder, SURE);
        Files.delete(folder.resolve("run.json"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(folder, true, UNSURE)
                        .run(answerers(CribPredictor.decoder(OUTPUTS), 1, UNSURE), pace -> {}))
                .withMessage("out is " + folder + "; it has answers and no run.json, which says of what; put that file"
                        + " back, or name another folder");
        assertThat(folder.resolve("run.json")).doesNotExist();
    }

    @Test
    void aVerdictFollowsFromTheOutputWhateverTheLineSays() throws IOException {
        evaluate(folder, SURE);
        Path items = folder.resolve("items.jsonl");
        Files.writeString(items, Files.readString(items).replace("\"correct\":false", "\"correct\":true"));

        assertThat(evaluation(folder, true, SURE)
                        .run(answerers(CribPredictor.decoder(OUTPUTS), 1, SURE), pace -> {})
                        .get(0)
                        .correct())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"question_sha256\":\"|\"question_sha256\":\"0|question_sha256 is not that of the question",
                "\"forwards\":|\"forwards\":9e99, \"x\":|usage has no plausible numbers",
                "\"prompt_tokens\":|\"prompt_tokens\":-|usage has no plausible numbers",
                "\"wall_ms\":|\"wall_ms\":-|wall_ms is not a plausible number",
                "\"output\":|\"outcome\":|output is not text",
                "\"id\":\"|\"id\":\"no|id is no1; no question that is asked has it",
                "{\"id\"|[{\"id\"|it is not JSON"
            })
    void aLineThatNoRunWroteIsRefused(String written, String changed, String reason) throws IOException {
        evaluate(folder, SURE);
        Path items = folder.resolve("items.jsonl");
        Files.writeString(items, Files.readString(items).replace(written, changed));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(folder, true, SURE)
                        .run(answerers(CribPredictor.decoder(OUTPUTS), 1, SURE), pace -> {}))
                .withMessage(items + ", line 1: " + reason
                        + "; the file was changed or is damaged, so evaluate again in another folder");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"correct\" : 2|\"correct\" : 4",
                "\"accuracy\" : 0.4|\"accuracy\" : 0.9",
                "\"strict_by_item\" : \"|\"strict_by_item\" : \"1",
                "\"forwards\" : |\"forwards\" : 9e99, \"x\": "
            })
    void aSummaryWhoseTotalsItsVerdictsDoNotGiveIsRefused(String written, String changed) throws IOException {
        evaluate(folder, SURE);
        Path file = folder.resolve("summary.json");
        String before = Files.readString(file);
        assertThat(before).contains(written);
        Files.writeString(file, before.replace(written, changed));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Summary.read(folder))
                .withMessage(
                        file + " has totals that its verdicts do not give; it was changed by hand or is damaged, so"
                                + " evaluate again");
    }

    @Test
    void runsThatWouldShareAFolderAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Evaluation.names(List.of(SURE, UNSURE, SURE.withWindow(new Blocks(16)))))
                .withMessageStartingWith("two runs have strategy threshold(0.9) and cache none and would share the"
                        + " folder threshold-0.9__none; ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Evaluation.names(List.of()))
                .withMessage("configs is empty; name at least one configuration to run");
    }

    private static List<Summary> evaluate(Path out, DecodingConfig... configs) {
        return evaluation(out, false, configs).run(answerers(CribPredictor.decoder(OUTPUTS), 1, configs), pace -> {});
    }

    private static Evaluation evaluation(Path out, boolean resume, DecodingConfig... configs) {
        return evaluation(out, resume, true, configs);
    }

    private static Evaluation evaluation(Path out, boolean resume, boolean failFast, DecodingConfig... configs) {
        Exam exam = new Exam(Task.PLAIN, questions(), Shots.NONE, true);
        return new Evaluation(exam, Evaluation.names(List.of(configs)), out, resume, failFast, clock());
    }

    private static List<DecoderAnswerer> answerers(Decoder decoder, int batch, DecodingConfig... configs) {
        return Stream.of(configs)
                .map(config -> new DecoderAnswerer(decoder, config, EvaluationTest::settings, true, batch))
                .toList();
    }

    private static ObjectNode settings(DecodingConfig config) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("strategy", config.strategy().toString())
                .put("cache", config.cache().toString())
                .put("seed", 0L);
    }

    private static List<String> sortedItems(Path run) throws IOException {
        return withoutTimes(Files.readString(run.resolve("items.jsonl")))
                .lines()
                .sorted()
                .toList();
    }

    private static String withoutSurroundings(Path summary) throws IOException {
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(summary.toFile());
        json.remove("surroundings");
        return json.toPrettyString() + "\n";
    }

    /** A strategy that commits everything at once, under any name. */
    private record Named(String spec) implements UnmaskingStrategy {
        @Override
        public Selector start(Plan plan) {
            return (view, chosen) -> chosen.addAll(view.open());
        }

        @Override
        public String toString() {
            return spec;
        }
    }

    /** Two and a half seconds pass between two looks at it. */
    private static LongSupplier clock() {
        long[] now = {0};
        return () -> now[0] += 2_500_000_000L;
    }

    private static QuestionFile questions() {
        try (InputStream lines = open("questions.jsonl")) {
            return QuestionFile.read("questions.jsonl", lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream text = open(name)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream open(String name) {
        return Objects.requireNonNull(EvaluationTest.class.getResourceAsStream(name), name);
    }

    private static long lineCount(Path file) {
        try {
            return Files.readAllLines(file).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutTimes(String lines) {
        return lines.replaceAll("_ms\":[0-9.E-]+", "_ms\":0");
    }
}
