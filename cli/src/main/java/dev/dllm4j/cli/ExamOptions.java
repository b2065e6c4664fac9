package dev.dllm4j.cli;

import dev.dllm4j.eval.Exam;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.eval.Shots;
import dev.dllm4j.eval.Task;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which questions are asked, and how. */
final class ExamOptions {
    private enum Order {
        FIRST,
        SAMPLED
    }

    private enum Switch {
        ON,
        OFF
    }

    @Option(
            names = "--dataset",
            required = true,
            paramLabel = "FILE",
            description = "JSON lines with question and answer, SVAMP.json, or starter: the bundled model's questions.")
    private String dataset = "";

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "How questions are put: plain, gsm8k, gsm8k_cot or gsm8k_cot_zeroshot. Default plain, the question alone.")
    private Task task = Task.PLAIN;

    @Option(names = "--limit", paramLabel = "N", description = "Ask only the first N questions.")
    private @Nullable Integer limit;

    @Option(
            names = "--shuffle-seed",
            paramLabel = "S",
            description = "Shuffle the questions first, so that --limit takes others.")
    private @Nullable Long shuffleSeed;

    @Option(
            names = "--fewshot",
            paramLabel = "N",
            description = "Solved examples before each question, from --fewshot-from. Default 0.")
    private int fewshot;

    @Option(names = "--fewshot-from", paramLabel = "FILE", description = "JSON lines with question and answer.")
    private @Nullable Path fewshotFrom;

    @Option(
            names = "--fewshot-order",
            paramLabel = "ORDER",
            description = "first: the file's first ones; sampled: drawn for each question. Default first.")
    private Order fewshotOrder = Order.FIRST;

    @Option(names = "--fewshot-seed", paramLabel = "S", description = "Of sampled examples. Default 1234.")
    private long fewshotSeed = 1234;

    @Option(
            names = "--chat-template",
            paramLabel = "on|off",
            description = "Put the text through the model's chat template. Default on.")
    private Switch chatTemplate = Switch.ON;

    @Option(names = "--skip-bad", description = "Leave out lines of the dataset that are no question, with a warning.")
    private boolean skipBad;

    /** @throws IllegalArgumentException if a file or a value is not as it must be */
    Exam exam(Terminal terminal) {
        QuestionFile questions = read(terminal);
        if (shuffleSeed != null) {
            questions = questions.shuffled(shuffleSeed);
        }
        if (limit != null) {
            questions = questions.first(limit);
        }
        return new Exam(task, questions, shots(), chatTemplate == Switch.ON);
    }

    private Shots shots() {
        return fewshot == 0
                ? Shots.NONE
                : new Shots(
                        fewshot,
                        fewshotOrder == Order.SAMPLED ? Optional.of(fewshotSeed) : Optional.empty(),
                        Optional.ofNullable(fewshotFrom).map(QuestionFile::examples));
    }

    private QuestionFile read(Terminal terminal) {
        Path file = Path.of(dataset);
        Optional<BundledModel> bundled = BundledModel.named(dataset);
        if (bundled.isEmpty() || Files.exists(file)) {
            return read(file, terminal);
        }
        try (InputStream questions = bundled.get().questions()) {
            return QuestionFile.read(dataset, questions);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private QuestionFile read(Path file, Terminal terminal) {
        return skipBad
                ? QuestionFile.read(file, complaint -> terminal.err().println("dllm4j: warning: " + complaint))
                : QuestionFile.read(file);
    }
}
