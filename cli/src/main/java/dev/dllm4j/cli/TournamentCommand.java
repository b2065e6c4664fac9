package dev.dllm4j.cli;

import dev.dllm4j.eval.Summary;
import dev.dllm4j.eval.report.Tournament;
import dev.dllm4j.eval.report.TournamentPage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sets all runs of an evaluation against each other. */
@Command(
        name = "tournament",
        description = "Set runs over the same questions against each other: table, plots, one HTML page.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class TournamentCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Parameters(
            arity = "1..*",
            paramLabel = "DIR",
            description = "Folders that eval wrote; all runs in them take part.")
    private List<Path> folders = List.of();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where tournament.html and the plots go. Default the first folder.")
    private @Nullable Path out;

    @Option(
            names = "--recommend",
            paramLabel = "POINTS",
            description = "Print the fastest run that loses at most so many points of accuracy.")
    private @Nullable Double recommend;

    TournamentCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        Tournament tournament = Failures.usage(
                command,
                () -> new Tournament(
                        folders.stream().flatMap(TournamentCommand::runs).toList()));
        terminal.out().println(tournament.table());
        terminal.out().println();
        tournament
                .areas()
                .forEach((method, area) -> terminal.out().printf(Locale.ROOT, "AUP of %s: %.1f%n", method, area));
        Double points = recommend;
        if (points != null) {
            double most = points;
            terminal.out().println(Failures.usage(command, () -> tournament.recommendation(most)));
        }
        Path place = out == null ? folders.get(0) : out;
        try {
            Files.createDirectories(place);
        } catch (IOException e) {
            throw new UncheckedIOException(place + " cannot be made (" + e + "); name another with --out", e);
        }
        TournamentPage.write(tournament, place);
    }

    private static Stream<Summary> runs(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + " is no folder; name one that 'dllm4j eval --out' wrote");
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith(Summary.FILE)).sorted().toList().stream()
                    .map(Path::getParent)
                    .map(run -> Summary.read(String.valueOf(run.getFileName()), run));
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be read (" + e + "); check its permissions", e);
        }
    }
}
