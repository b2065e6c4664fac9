package dev.dllm4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.text.TokenPieces;
import dev.dllm4j.decoder.trace.TraceWriter;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
                    "Which masks commit: threshold(0.9), entropy(0.45), factor(1.0), hierarchy(0.9), filter, credit, revise, edit, schedule, topk(2), random, sequential, static, dynamic(0.85), entropy-bound, dream-schedule or dream-threshold(0.9). Default: the model's recipe.")
    private @Nullable UnmaskingStrategy strategy;

    @Option(
            names = "--cache",
            paramLabel = "SPEC",
            description = "What is kept between forwards: none, prefix, dual, elastic(gamma=0.9,track=1), dllm-cache"
                    + " or, where a model sees block by block, blocks. Default: the model's recipe.")
    private @Nullable RefreshPolicy cache;

    @Mixin
    private final DecodingOptions decoding = new DecodingOptions();

    @Option(
            names = "--infill",
            paramLabel = "TEXT",
            description = "Fill the slots of a text and leave the rest as it is, e.g. 'The total is [MASK:4] apples.';"
                    + " PROMPT may then be missing. Default stop full, and window all unless the model sees block"
                    + " by block.")
    private @Nullable String infill;

    @Option(names = "--live", description = "Show the canvas fill, step by step.")
    private boolean live;

    @Option(names = "--trace", paramLabel = "FILE", description = "Record every step, for 'dllm4j replay'.")
    private @Nullable Path trace;

    @Option(names = "--json", description = "Print one JSON object: text, token ids, settings, usage.")
    private boolean json;

    GenerateCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.model = new ModelOptions(environment);
    }

    @Override
    public void run() {
        DecodingChoices choices = Failures.usage(command, this::choices);
        RuntimeOptions runtime = Failures.usage(command, model::runtime);
        Optional<String> question = Failures.usage(command, this::question);
        try (Decoder decoder = model.open(terminal)) {
            int[] ids = question.map(decoder::prompt).orElseGet(() -> new int[0]);
            Decoding sequence = Failures.usage(command, () -> start(decoder, ids, choices));
            List<String> warnings = warnings(decoder, sequence, ids, question);
            warnings.forEach(warning -> terminal.err().println("dllm4j: warning: " + warning));
            ObjectNode settings = AnswerJson.settings(model.name(), sequence.config(), runtime, model.cacheBudget());
            Answer answer = answer(decoder, sequence, ids, settings);
            if (json) {
                ObjectNode object = AnswerJson.answer(answer, settings);
                AnswerJson.warn(object, warnings);
                terminal.out().println(object);
            } else {
                terminal.out().println(answer.text());
            }
            if (terminal.drawsErr() && !json) {
                terminal.err().println(terminal.styled(Style.DIM, summary(answer)));
                Variety.hint(sequence.config())
                        .ifPresent(hint -> terminal.err().println(terminal.styled(Style.DIM, hint)));
            }
        }
    }

    private DecodingChoices choices() {
        DecodingChoices choices = decoding.choices(Optional.ofNullable(strategy), Optional.ofNullable(cache));
        if (infill != null && choices.genLength().isPresent()) {
            throw new IllegalArgumentException(
                    "--gen-length is " + choices.genLength().getAsInt()
                            + "; the text of --infill has a length of its own, so leave it out");
        }
        return choices;
    }

    private Decoding start(Decoder decoder, int[] ids, DecodingChoices choices) {
        if (infill == null) {
            return decoder.start(ids, decoder.resolve(choices));
        }
        Draft draft = decoder.draft(infill);
        return decoder.start(ids, draft, decoder.resolveInfill(choices, draft.length()));
    }

    private List<String> warnings(Decoder decoder, Decoding sequence, int[] ids, Optional<String> question) {
        Draft draft = sequence.draft();
        Stream<String> fixedTexts =
                IntStream.range(0, draft.length()).mapToObj(draft::textAt).flatMap(Optional::stream);
        List<String> texts = Stream.concat(question.stream(), fixedTexts).toList();
        Optional<String> unknown = decoder.unknownWords().doubt(List.of(ids, fixed(draft)), texts);
        return Stream.concat(decoder.doubt(sequence.config()).stream(), unknown.stream())
                .toList();
    }

    private static int[] fixed(Draft draft) {
        return IntStream.range(0, draft.length())
                .filter(draft::fixed)
                .map(draft::token)
                .toArray();
    }

    private Answer answer(Decoder decoder, Decoding sequence, int[] ids, ObjectNode settings) {
        if (trace == null) {
            finish(decoder, sequence, ids, sequence::step);
        } else {
            TokenPieces pieces = new TokenPieces(decoder.tokenizer(), ids);
            try (TraceWriter writer = new TraceWriter(trace, decoder, sequence, settings, pieces::of)) {
                finish(decoder, sequence, ids, writer::step);
            }
        }
        return decoder.answer(sequence);
    }

    private void finish(Decoder decoder, Decoding sequence, int[] ids, Supplier<StepReport> step) {
        try (StepWatcher watcher = watcher(decoder, sequence, ids)) {
            while (!sequence.done()) {
                watcher.after(step.get());
            }
        }
    }

    private StepWatcher watcher(Decoder decoder, Decoding sequence, int[] ids) {
        if (!live) {
            return StepWatcher.NONE;
        }
        if (!terminal.drawsOut()) {
            return new LiveLines(decoder, sequence, terminal.out());
        }
        TokenPieces pieces = new TokenPieces(decoder.tokenizer(), ids);
        CanvasDrawing drawing = new CanvasDrawing(ids, sequence.draft(), sequence.config(), decoder.spec(), pieces::of);
        return new LiveView(drawing, new Screen(terminal.out(), ScreenSize::now));
    }

    /** Empty where a text with slots stands alone. */
    private Optional<String> question() {
        if (live && json) {
            throw new IllegalArgumentException("--live and --json both want standard output; give one of them");
        }
        if (infill != null) {
            requireIntact("--infill", infill);
        }
        if (prompt == null && infill != null) {
            return Optional.empty();
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
        requireIntact("PROMPT", question);
        return Optional.of(question);
    }

    private static void requireIntact(String name, String text) {
        if (!Arguments.intact(text)) {
            throw new IllegalArgumentException(
                    name + " has characters that are not UTF-8, or that the locale cannot pass on; give it in UTF-8 and"
                            + " run with LC_ALL=C.UTF-8");
        }
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
