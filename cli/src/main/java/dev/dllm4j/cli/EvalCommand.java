package dev.dllm4j.cli;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.eval.Evaluation;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Scores answers to questions whose answers are known. */
@Command(
        name = "eval",
        description = "Score answers to questions whose answers are known, for every pair of strategy and cache.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class EvalCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--dataset",
            required = true,
            paramLabel = "FILE",
            description = "JSON lines with question and answer, or starter: the questions of the bundled model.")
    private String dataset = "";

    @Option(names = "--limit", paramLabel = "N", description = "Ask only the first N questions.")
    private @Nullable Integer limit;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder for the results, new or empty.")
    private Path out = Path.of("");

    @Option(
            names = "--strategy",
            paramLabel = "SPEC",
            description = "Which masks commit. May be repeated. Default threshold(0.9).")
    private List<UnmaskingStrategy> strategies = List.of(DecodingConfig.DEFAULT.strategy());

    @Option(
            names = "--cache",
            paramLabel = "SPEC",
            description =
                    "What is kept between forwards: none, prefix, dual, elastic or dllm-cache. May be repeated. Default none.")
    private List<RefreshPolicy> caches = List.of(DecodingConfig.DEFAULT.cache());

    @Mixin
    private final DecodingOptions decoding = new DecodingOptions();

    @Mixin
    private final ModelOptions model;

    EvalCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.model = new ModelOptions(environment);
    }

    @Override
    public void run() {
        RuntimeOptions runtime = Failures.usage(command, model::runtime);
        Evaluation evaluation = Failures.usage(
                command,
                () -> new Evaluation(
                        questions(),
                        configs(),
                        config -> AnswerJson.settings(model.name(), config, runtime, model.cacheBudget()),
                        out));
        try (Decoder decoder = model.open(terminal);
                ProgressLine progress = new ProgressLine(terminal)) {
            configs().stream()
                    .flatMap(config -> decoder.doubt(config).stream())
                    .forEach(doubt -> terminal.err().println("dllm4j: warning: " + doubt));
            evaluation
                    .run(
                            decoder,
                            (config, soFar, total) -> progress.show(config.strategy() + ", " + config.cache() + ": "
                                    + soFar.items() + " of " + total + " asked, " + soFar.correct() + " correct"))
                    .forEach(terminal.out()::println);
        }
    }

    private List<DecodingConfig> configs() {
        return strategies.stream()
                .flatMap(strategy -> caches.stream().map(cache -> decoding.config(strategy, cache)))
                .toList();
    }

    private QuestionFile questions() {
        QuestionFile all = read();
        return limit == null ? all : all.first(limit);
    }

    private QuestionFile read() {
        Path file = Path.of(dataset);
        Optional<BundledModel> bundled = BundledModel.named(dataset);
        if (bundled.isEmpty() || Files.exists(file)) {
            return QuestionFile.read(file);
        }
        try (InputStream questions = bundled.get().questions()) {
            return QuestionFile.read(dataset, questions);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
