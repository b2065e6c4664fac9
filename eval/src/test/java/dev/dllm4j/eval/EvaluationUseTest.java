package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program that uses evaluations wrongly, or is interrupted, is told. */
@SuppressWarnings("NullAway") // Programs without a null checker hand nulls over.
class EvaluationUseTest {
    private static final List<String> ONE = List.of("one");

    @TempDir
    Path folder;

    @Test
    void aNullIsRefusedByItsNameBeforeAnythingIsWritten() throws IOException {
        Evaluation evaluation = new Evaluation(exam(), ONE, folder, false, true);

        refused("exam", () -> new Evaluation(null, ONE, folder, false, true));
        refused("names", () -> new Evaluation(exam(), null, folder, false, true));
        refused("folder", () -> new Evaluation(exam(), ONE, null, false, true));
        refused("configs", () -> Evaluation.names(null));
        refused("answerers", () -> evaluation.run(null, pace -> {}));
        refused("progress", () -> evaluation.run(List.of(new Sayer(false)), null));
        refused("task", () -> new Exam(null, exam().questions(), Shots.NONE, true));
        refused("questions", () -> new Exam(Task.PLAIN, null, Shots.NONE, true));
        refused("shots", () -> new Exam(Task.PLAIN, exam().questions(), null, true));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void anInterruptEndsARunThatCanGoOn() throws IOException {
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() ->
                        new Evaluation(exam(), ONE, folder, false, true).run(List.of(new Sayer(true)), pace -> {}))
                .withMessage("out is " + folder + "; the run was interrupted, go on with --resume");
        assertThat(Thread.interrupted()).isTrue();

        Summary summary = new Evaluation(exam(), ONE, folder, true, true)
                .run(List.of(new Sayer(false)), pace -> {})
                .get(0);
        assertThat(summary.correct()).isEqualTo(2);
        assertThat(Files.readAllLines(folder.resolve(RunFolder.ITEMS))).hasSize(2);
    }

    private static void refused(String argument, ThrowingCallable call) {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(call)
                .withMessageMatching(argument + " is null; .{8,}");
    }

    private static Exam exam() throws IOException {
        String lines = "{\"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n".repeat(2);
        return new Exam(
                Task.PLAIN,
                QuestionFile.read("sums", new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8))),
                Shots.NONE,
                true);
    }

    /** Says 2, and where it is told so is interrupted in between. */
    private record Sayer(boolean interrupted) implements Answerer {
        @Override
        public ObjectNode json() {
            return JsonNodeFactory.instance.objectNode();
        }

        @Override
        public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
            for (Exam.Asked asked : questions) {
                lines.accept(Item.answered(
                        asked.task(), asked.question(), "#### 2", 0, JsonNodeFactory.instance.objectNode()));
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
