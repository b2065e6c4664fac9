package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.Plan;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assertThat(Files.readString(out.resolve("summary.json"))).isEqualTo(resource("summary.json"));
        assertThat(summaries)
                .containsExactly(new Summary(
                        SURE, "crib", questions(), new Tally(5, 1, 2, 11, 63, 617, 617), Duration.ofMillis(2500)));
    }

    @Test
    void aSummaryPrintsAsOneLine() {
        assertThat(evaluate(folder, SURE))
                .hasToString("[strategy threshold(0.9), cache none: 2 of 5 correct (40.0 %), 1 skipped (context);"
                        + " 11 forwards, 2.8 an item, 5.73 tokens a forward; 2.5 s]");
    }

    @Test
    void severalRunsWriteToAFolderEach() {
        List<Summary> summaries = evaluate(folder, SURE, UNSURE);

        assertThat(folder).isDirectoryContaining("glob:**/threshold-0.9__none");
        assertThat(folder.resolve("threshold-1.5__none"))
                .isDirectoryContaining("glob:**/items.jsonl")
                .isDirectoryContaining("glob:**/summary.json");
        assertThat(summaries).extracting(Summary::config).containsExactly(SURE, UNSURE);
        assertThat(summaries).extracting(summary -> summary.tally().correct()).containsExactly(2, 2);
        assertThat(summaries).extracting(summary -> summary.tally().forwards()).containsExactly(11L, 67L);
    }

    @Test
    void aFolderIsNamedWithoutWhatShellsFindSpecial() {
        evaluate(
                folder,
                SURE.withStrategy(new ConfidenceThreshold(0.5)),
                SURE.withStrategy(new ConfidenceThreshold(-0.5)),
                SURE.withStrategy(new Named("credit(alpha=0.65,then=filter(path=a/b c.bin))")));

        assertThat(folder)
                .isDirectoryContaining("glob:**/threshold-0.5__none")
                .isDirectoryContaining("glob:**/threshold--0.5__none")
                .isDirectoryContaining("glob:**/credit-alpha-0.65-then-filter-path-a-b-c.bin__none");
    }

    @Test
    void aLineIsInTheFileBeforeItsProgressIsTold() {
        List<Long> lines = new ArrayList<>();
        List<Tally> tallies = new ArrayList<>();

        evaluation(folder, SURE).run(CribPredictor.decoder(OUTPUTS), (config, soFar, total) -> {
            assertThat(config).isEqualTo(SURE);
            assertThat(total).isEqualTo(5);
            lines.add(lineCount(folder.resolve("items.jsonl")));
            tallies.add(soFar);
        });

        assertThat(lines).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(tallies).extracting(Tally::items).containsExactly(1, 2, 3, 4, 5);
        assertThat(tallies).extracting(Tally::correct).containsExactly(1, 1, 1, 2, 2);
    }

    @Test
    void aFailureLeavesTheItemsThatWereDone() {
        Decoder ignorant = CribPredictor.decoder(Map.of("How much are 2 and 3?", "#### 5"));

        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> evaluation(folder, SURE).run(ignorant, (config, soFar, total) -> {}));

        assertThat(lineCount(folder.resolve("items.jsonl"))).isEqualTo(1);
        assertThat(folder.resolve("summary.json")).doesNotExist();
    }

    @Test
    void aFolderThatHoldsSomethingIsRefusedAndLeftAlone() throws IOException {
        Path other = Files.writeString(folder.resolve("notes.txt"), "mine");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(folder, SURE, UNSURE))
                .withMessage("out is " + folder + "; it must be an empty folder or not exist yet, but it holds files"
                        + " already; name another folder");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(other, SURE))
                .withMessage("out is " + other + "; it must be an empty folder or not exist yet, but it is a file; name"
                        + " another folder");
        assertThat(folder).isDirectoryNotContaining("glob:**/threshold*");
        assertThat(other).hasContent("mine");
    }

    @Test
    void aFolderThatCannotBeMadeIsRefusedBeforeTheFirstForward() throws IOException {
        Path blocked = Files.writeString(folder.resolve("file"), "").resolve("out");

        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() ->
                        evaluation(blocked, SURE).run(CribPredictor.decoder(Map.of()), (config, soFar, total) -> {}))
                .withMessageStartingWith("out is " + blocked + "; it cannot be written (");
    }

    @Test
    void runsThatWouldShareAFolderAreRefused() {
        Path out = folder.resolve("out");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(out, SURE, UNSURE, SURE.withWindow(new Blocks(16))))
                .withMessageStartingWith("two runs have strategy threshold(0.9) and cache none and would share the"
                        + " folder threshold-0.9__none; ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation(out))
                .withMessage("configs is empty; name at least one configuration to run");
        assertThat(out).doesNotExist();
    }

    private static List<Summary> evaluate(Path out, DecodingConfig... configs) {
        return evaluation(out, configs).run(CribPredictor.decoder(OUTPUTS), (config, soFar, total) -> {});
    }

    private static Evaluation evaluation(Path out, DecodingConfig... configs) {
        return new Evaluation(questions(), List.of(configs), EvaluationTest::settings, out, clock());
    }

    private static ObjectNode settings(DecodingConfig config) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("strategy", config.strategy().toString());
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
