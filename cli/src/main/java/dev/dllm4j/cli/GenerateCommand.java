package dev.dllm4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Answers one prompt. */
@Command(name = "generate", description = "Answer one prompt.", sortOptions = false, abbreviateSynopsis = true)
final class GenerateCommand implements Runnable {
    private static final String STANDARD_INPUT = "-";
    private static final char REPLACEMENT_CHARACTER = '\ufffd';

    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "PROMPT", description = "The question; - reads it from standard input.")
    private @Nullable String prompt;

    @Mixin
    private final ModelOptions model;

    @Option(
            names = "--strategy",
            paramLabel = "SPEC",
            description =
                    "Which masks commit: threshold(0.9), entropy(0.45), factor(1.0), hierarchy(0.9), filter(path=FILE), credit, schedule, topk(2), random, dream-schedule or dream-threshold(0.9). Default threshold(0.9).")
    private UnmaskingStrategy strategy = DecodingConfig.DEFAULT.strategy();

    @Option(names = "--cache", paramLabel = "SPEC", description = "What is kept between forwards: none. Default none.")
    private RefreshPolicy cache = DecodingConfig.DEFAULT.cache();

    @Mixin
    private final DecodingOptions decoding = new DecodingOptions();

    @Option(names = "--live", description = "Show the canvas fill, step by step.")
    private boolean live;

    @Option(names = "--json", description = "Print one JSON object: text, token ids, settings, usage.")
    private boolean json;

    GenerateCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.model = new ModelOptions(environment);
    }

    @Override
    public void run() {
        DecodingConfig config = Failures.usage(command, () -> decoding.config(strategy, cache));
        RuntimeOptions runtime = Failures.usage(command, model::runtime);
        String question = Failures.usage(command, this::question);
        try (Decoder decoder = model.open(terminal)) {
            Answer answer = answer(decoder, question, config);
            if (json) {
                ObjectNode settings = AnswerJson.settings(model.name(), config, runtime);
                terminal.out()
                        .println(AnswerJson.answer(
                                answer, settings, decoder.spec().layers()));
            } else {
                terminal.out().println(answer.text());
            }
            if (terminal.drawsErr() && !json) {
                terminal.err().println(Style.DIM.of(summary(answer)));
            }
        }
    }

    private Answer answer(Decoder decoder, String question, DecodingConfig config) {
        int[] ids = decoder.prompt(question);
        Decoding sequence = Failures.usage(command, () -> decoder.start(ids, config));
        try (StepWatcher watcher = watcher(decoder, sequence, ids)) {
            while (!sequence.done()) {
                watcher.after(sequence.step());
            }
        }
        return decoder.answer(sequence);
    }

    private StepWatcher watcher(Decoder decoder, Decoding sequence, int[] ids) {
        if (!live) {
            return StepWatcher.NONE;
        }
        if (!terminal.drawsOut()) {
            return new LiveLines(decoder, sequence, terminal.out());
        }
        TokenPieces pieces = new TokenPieces(decoder.tokenizer(), ids);
        CanvasDrawing drawing = new CanvasDrawing(ids, sequence.config(), decoder.spec(), pieces::of);
        return new LiveView(drawing, new Screen(terminal.out(), ScreenSize::now));
    }

    private String question() {
        if (live && json) {
            throw new IllegalArgumentException("--live and --json both want standard output; give one of them");
        }
        if (prompt == null) {
            throw new IllegalArgumentException(
                    "PROMPT is missing; give the question in quotes, or - to read it from standard input");
        }
        String question = prompt.equals(STANDARD_INPUT) ? standardInput() : prompt;
        if (question.isBlank()) {
            throw new IllegalArgumentException(
                    "PROMPT is empty; give the question in quotes, or - to read it from standard input");
        }
        if (question.indexOf(REPLACEMENT_CHARACTER) >= 0) {
            throw new IllegalArgumentException(
                    "PROMPT has characters that are no UTF-8, or that the locale cannot pass on; give it in UTF-8 and"
                            + " run with LC_ALL=C.UTF-8");
        }
        return question;
    }

    /** Without the line feed that ends it. */
    private String standardInput() {
        try {
            return new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String summary(Answer answer) {
        return String.format(
                Locale.ROOT,
                "%s after %d forwards, %d tokens, %.2f tokens per forward, %.0f ms",
                AnswerJson.name(answer.finishReason()),
                answer.work().forwards(),
                answer.completionTokens(),
                answer.tokensPerForward(),
                (answer.work().modelNanos() + answer.work().selectNanos()) / 1e6);
    }
}
