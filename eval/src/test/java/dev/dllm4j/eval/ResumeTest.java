package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a resumed evaluation goes on with, and what it refuses to begin beside. */
class ResumeTest {
    private static final List<String> GRID = List.of("a__none", "b__none");

    @TempDir
    Path folder;

    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void aGridGoesOnWhereEachOfItsRunsStopped() throws IOException {
        run(GRID, sums(3), false);
        Files.delete(folder.resolve("b__none/summary.json"));
        Path items = folder.resolve("b__none/items.jsonl");
        Files.writeString(items, Files.readAllLines(items).get(0) + "\n");
        asked.set(0);

        assertThat(run(GRID, sums(3), true)).extracting(Summary::items).containsExactly(3, 3);

        assertThat(asked).hasValue(2);
        assertThat(folder).isDirectoryNotContaining("glob:**/run.json");
    }

    @Test
    void oneRunIsNotBegunBesideTheRunsOfAGrid() throws IOException {
        run(GRID, sums(1), false);

        for (String name : List.of("a__none", "server")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> run(List.of(name), sums(1), true))
                    .withMessage("out is " + folder + "; it holds the runs a__none, b__none, and one run is to go on;"
                            + " resume with every --strategy and --cache of theirs, or one of them by --out "
                            + folder.resolve("a__none"));
        }
        try (var entries = Files.list(folder)) {
            assertThat(entries.map(Path::getFileName).map(Path::toString)).containsExactlyInAnyOrderElementsOf(GRID);
        }
        assertThat(run(folder.resolve("a__none"), List.of("a__none"), sums(1), true))
                .hasSize(1);
    }

    @Test
    void aGridOfManyNamesTheFirstRuns() throws IOException {
        run(List.of("a", "b", "c", "d", "e"), sums(1), false);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(List.of("a"), sums(1), true))
                .withMessageContaining("it holds the runs a, b, c and 2 more, and");
    }

    @Test
    void aGridIsNotBegunBesideOneRun() throws IOException {
        run(List.of("a__none"), sums(1), false);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(GRID, sums(1), true))
                .withMessage(
                        "out is " + folder + "; it holds a single run, and several are to go on; resume with the one"
                                + " --strategy and --cache of that run, or name another folder");
        assertThat(folder).isDirectoryNotContaining("glob:**/*__none");
    }

    @Test
    void whatChoseOtherQuestionsIsNamed() throws IOException {
        run(GRID, sums(5).first(2), false);

        refuses(sums(5).first(4), "--limit (2 of 5 questions there, 4 of 5 questions here)");
        refuses(sums(5), "--limit (2 of 5 questions there, 5 of 5 questions here)");
        refuses(sums(5).shuffled(3).first(2), "--shuffle-seed");
        refuses(new QuestionFile("sums", sums(5).sha256(), sums(4).questions(), 4), "--skip-bad (2 of 5 questions");
        refuses(sums(6).first(2), "dataset_sha256 (");
    }

    @Test
    void aRunOfBeforeQuestionsWereCountedGoesOn() throws IOException {
        run(GRID, sums(2), false);
        Path about = folder.resolve("b__none/run.json");
        Files.writeString(about, Files.readString(about).replaceAll("\"questions(_available)?\" : \\d+,", ""));

        assertThat(run(GRID, sums(2), true)).hasSize(2);
    }

    @Test
    void aSettingIsNamedByItself() throws IOException {
        run(List.of("a"), sums(1), false);
        Path about = folder.resolve("run.json");
        Files.writeString(about, Files.readString(about).replace("\"gen_length\" : 64", "\"gen_length\" : 32"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(List.of("a"), sums(1), true))
                .withMessage(
                        "out is " + folder + "; it is a run with another gen_length (32 there, 64 here); resume with"
                                + " that run's settings, or name another folder");
    }

    private void refuses(QuestionFile questions, String difference) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(GRID, questions, true))
                .withMessageStartingWith(
                        "out is " + folder.resolve("a__none") + "; it is a run with another " + difference);
    }

    private List<Summary> run(List<String> names, QuestionFile questions, boolean resume) {
        return run(folder, names, questions, resume);
    }

    private List<Summary> run(Path out, List<String> names, QuestionFile questions, boolean resume) {
        Exam exam = new Exam(Task.PLAIN, questions, Shots.NONE, true);
        return new Evaluation(exam, names, out, resume, true)
                .run(names.stream().map(name -> new Two()).toList(), pace -> {});
    }

    private static QuestionFile sums(int count) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int number = 0; number < count; number++) {
            lines.append("{\"question\": \"2 + ").append(number).append("?\", \"answer\": \"#### 2\"}\n");
        }
        return QuestionFile.read(
                "sums", new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** Says 2 to everything. */
    private final class Two implements Answerer {
        @Override
        public ObjectNode json() {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.putObject("settings").put("model", "two").put("gen_length", 64);
            return json;
        }

        @Override
        public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
            for (Exam.Asked question : questions) {
                asked.incrementAndGet();
                lines.accept(Item.answered(
                        question.task(), question.question(), "#### 2", 0, JsonNodeFactory.instance.objectNode()));
            }
        }
    }
}
