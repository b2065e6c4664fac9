package dev.dllm4j.cli;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.eval.Answerer;
import dev.dllm4j.eval.DecoderAnswerer;
import dev.dllm4j.eval.Evaluation;
import dev.dllm4j.eval.Exam;
import dev.dllm4j.eval.ServerAnswerer;
import dev.dllm4j.eval.Summary;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Mixin
    private final ExamOptions examOptions = new ExamOptions();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder for the results, new or empty.")
    private Path out = Path.of("");

    @Option(names = "--resume", description = "Go on with what an interrupted evaluation left in --out.")
    private boolean resume;

    @Option(
            names = "--fail-fast",
            description = "End at the first question that fails; otherwise it is recorded, and counts as wrong.")
    private boolean failFast;

    @Option(names = "--batch", paramLabel = "N", description = "Questions in one forward, at most. Default 8.")
    private int batch = 8;

    @Option(
            names = "--strategy",
            paramLabel = "SPEC",
            description =
                    "Which masks commit. May be repeated; braces make a grid: 'threshold({0.7,0.8,0.9})'. Default: the"
                            + " model's recipe.")
    private List<String> strategies = List.of();

    @Option(
            names = "--cache",
            paramLabel = "SPEC",
            description =
                    "What is kept between forwards: none, prefix, dual, elastic, dllm-cache or blocks. May be repeated."
                            + " Default: the model's recipe.")
    private List<RefreshPolicy> caches = List.of();

    @Option(
            names = "--against",
            paramLabel = "URL",
            description =
                    "Ask a server that speaks OpenAI's protocol instead, e.g. http://localhost:8080; --model names its"
                            + " model.")
    private @Nullable URI against;

    @Option(
            names = "--api-key-env",
            paramLabel = "NAME",
            description = "Environment variable that holds the server's API key.")
    private @Nullable String keyVariable;

    @Mixin
    private final DecodingOptions decoding = new DecodingOptions();

    @Mixin
    private final ModelOptions model;

    private final Map<String, String> environment;

    EvalCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.model = new ModelOptions(environment);
        this.environment = environment;
    }

    @Override
    public void run() {
        if (keyVariable != null && against == null) {
            throw new ParameterException(
                    command.commandLine(),
                    "--api-key-env is given without --against; a model of this process needs no key, so leave it out");
        }
        RuntimeOptions runtime = Failures.usage(command, model::runtime);
        Exam exam = Failures.usage(command, () -> examOptions.exam(terminal));
        List<DecodingChoices> choices = Failures.usage(command, this::choices);
        URI address = against;
        if (address != null) {
            ServerAnswerer server = Failures.usage(command, () -> server(address, exam, choices.get(0)));
            Evaluation evaluation = Failures.usage(command, () -> evaluation(exam, List.of("server")));
            report(run(evaluation, List.of(server)));
            return;
        }
        // Whatever can be refused without the model is refused before it is opened.
        Failures.usage(command, () -> evaluation(exam, Collections.nCopies(choices.size(), "")));
        try (Decoder decoder = model.open(terminal)) {
            List<DecodingConfig> configs = Failures.usage(
                    command, () -> choices.stream().map(decoder::resolve).toList());
            Evaluation evaluation = Failures.usage(command, () -> evaluation(exam, Evaluation.names(configs)));
            configs.stream().flatMap(config -> decoder.doubt(config).stream()).forEach(this::warn);
            List<DecoderAnswerer> answerers = configs.stream()
                    .map(config -> Failures.usage(command, () -> answerer(decoder, config, runtime, exam)))
                    .toList();
            report(run(evaluation, answerers));
        }
    }

    private Evaluation evaluation(Exam exam, List<String> names) {
        return new Evaluation(exam, names, out, resume, failFast);
    }

    private void report(List<Summary> summaries) {
        summaries.get(0).unknownWarning().ifPresent(this::warn);
        summaries.forEach(summary -> summary.emptyWarning().ifPresent(this::warn));
        summaries.forEach(terminal.out()::println);
        terminal.out().println(EvalRecord.line(summaries, out));
    }

    private ServerAnswerer server(URI address, Exam exam, DecodingChoices choices) {
        if (command.commandLine().getParseResult().hasMatchedOption("--strategy")
                || command.commandLine().getParseResult().hasMatchedOption("--cache")) {
            throw new IllegalArgumentException("--against is " + address
                    + "; a server decodes as it was told to, so leave out --strategy and --cache");
        }
        return new ServerAnswerer(
                address,
                model.name(),
                key(),
                exam.chatTemplate(),
                choices.genLength().orElse(DecodingConfig.DEFAULT.genLength()),
                batch);
    }

    private Optional<String> key() {
        String name = keyVariable;
        if (name == null) {
            return Optional.empty();
        }
        String key = environment.get(name);
        if (key == null) {
            throw new IllegalArgumentException("--api-key-env is " + name
                    + "; no environment variable has that name, so set it to the key, or name another");
        }
        return Optional.of(key);
    }

    private List<Summary> run(Evaluation evaluation, List<? extends Answerer> answerers) {
        try (ProgressLine progress =
                new ProgressLine(terminal, "the answers so far are in " + out + ", so go on with --resume")) {
            return Failures.usage(
                    command, () -> evaluation.run(answerers, pace -> progress.show(EvalProgress.line(pace))));
        }
    }

    private DecoderAnswerer answerer(Decoder decoder, DecodingConfig config, RuntimeOptions runtime, Exam exam) {
        return new DecoderAnswerer(
                decoder,
                config,
                effective -> AnswerJson.settings(model.name(), effective, runtime, model.cacheBudget()),
                exam.chatTemplate(),
                batch);
    }

    private void warn(String warning) {
        terminal.err().println("dllm4j: warning: " + warning);
    }

    /** One for every pair of strategy and cache; the recipe's where none is named. */
    private List<DecodingChoices> choices() {
        List<Optional<UnmaskingStrategy>> judges = orNone(strategies.stream()
                .flatMap(spec -> Grid.expand(spec).stream())
                .map(UnmaskingStrategy::parse)
                .toList());
        List<Optional<RefreshPolicy>> kept = orNone(caches);
        return judges.stream()
                .flatMap(strategy -> kept.stream().map(cache -> decoding.choices(strategy, cache)))
                .toList();
    }

    private static <T> List<Optional<T>> orNone(List<T> named) {
        return named.isEmpty()
                ? List.of(Optional.empty())
                : named.stream().map(Optional::of).toList();
    }
}
