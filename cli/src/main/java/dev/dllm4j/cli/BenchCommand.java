package dev.dllm4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.eval.DecoderAnswerer;
import dev.dllm4j.eval.Exam;
import dev.dllm4j.eval.WallClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the wall clock of several systems on the same questions. */
@Command(
        name = "bench",
        description = "Time several systems on the same questions, in turn: A B A B.",
        footer = {
            "",
            "Example:",
            "  dllm4j bench --dataset starter --limit 20 --threads 1 --out wall.json",
            "    --system \"plain: --strategy schedule\"",
            "    --system \"credit: --strategy credit --cache elastic\""
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class BenchCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--system",
            required = true,
            paramLabel = "\"NAME: OPTIONS\"",
            description =
                    "Options of eval that make a system: --model, --strategy, --cache and how to decode. Repeat it;"
                            + " ratios are against the first.")
    private List<String> systems = List.of();

    @Mixin
    private final ExamOptions examOptions = new ExamOptions();

    @Option(names = "--rounds", paramLabel = "N", description = "Timed rounds. Default 3.")
    private int rounds = 3;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the JSON goes; a new file.")
    private Path out = Path.of("");

    @Mixin
    private final ModelOptions model;

    BenchCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.model = new ModelOptions(environment);
    }

    @Override
    public void run() {
        RuntimeOptions runtime = Failures.usage(command, model::runtime);
        Exam exam = Failures.usage(command, () -> examOptions.exam(terminal));
        WallClock clock = Failures.usage(command, () -> new WallClock(exam, rounds));
        List<BenchSystem> parsed = systems.stream()
                .map(text -> Failures.usage(command, () -> BenchSystem.parse(text, model.name())))
                .toList();
        Failures.usage(command, this::requireNew);
        Map<String, Decoder> decoders = new LinkedHashMap<>();
        try (ProgressLine progress = new ProgressLine(terminal, "")) {
            parsed.forEach(system -> decoders.computeIfAbsent(system.model(), name -> model.open(name, terminal)));
            List<WallClock.Contender> contenders = new ArrayList<>();
            for (BenchSystem system : parsed) {
                contenders.add(Failures.usage(command, () -> contender(system, decoders, runtime, exam)));
            }
            write(clock.measure(contenders, words -> progress.show(words)));
        } finally {
            decoders.values().forEach(Decoder::close);
        }
    }

    private WallClock.Contender contender(
            BenchSystem system, Map<String, Decoder> decoders, RuntimeOptions runtime, Exam exam) {
        Decoder decoder = decoders.get(system.model());
        if (decoder == null) {
            throw new IllegalStateException(system.model() + " is not open");
        }
        return new WallClock.Contender(
                system.name(),
                new DecoderAnswerer(
                        decoder,
                        decoder.resolve(system.choices()),
                        effective -> settings(system, effective, runtime),
                        exam.chatTemplate(),
                        1));
    }

    private ObjectNode settings(BenchSystem system, DecodingConfig effective, RuntimeOptions runtime) {
        return AnswerJson.settings(system.model(), effective, runtime, model.cacheBudget());
    }

    private void write(ObjectNode json) {
        try {
            Files.writeString(out, json.toPrettyString() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(out + " cannot be written (" + e + "); check its folder", e);
        }
        for (var system : json.path("systems")) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%s: %.2f s, %.2f times as fast, with %.1f forwards an item %.2f times as few%n",
                            system.path("name").textValue(),
                            system.path("median_seconds").doubleValue(),
                            system.path("wall_speedup").doubleValue(),
                            system.path("mean_forwards").doubleValue(),
                            system.path("forward_speedup").doubleValue());
        }
    }

    private Path requireNew() {
        if (Files.exists(out)) {
            throw new IllegalArgumentException("out is " + out + "; it exists already, so name another file");
        }
        return out;
    }
}
