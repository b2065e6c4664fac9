package dev.dllm4j.cli;

import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.trace.Decision;
import dev.dllm4j.decoder.trace.RefreshPicture;
import dev.dllm4j.decoder.trace.Trace;
import dev.dllm4j.decoder.unmask.LearnedFilter;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Decides once more on the predictions of a recorded decoding, without its model. */
@Command(
        name = "replay",
        description = "Decide again on the predictions that 'generate --trace' recorded, without the model.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ReplayCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "What 'generate --trace FILE' wrote.")
    private Path file = Path.of("");

    @Option(
            names = "--strategy",
            paramLabel = "SPEC",
            description = "Another strategy to decide. Default: the recorded one, as a check.")
    private @Nullable UnmaskingStrategy strategy;

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw the recorded order of unmasking.")
    private @Nullable Path svg;

    @Option(names = "--refreshes", paramLabel = "FILE", description = "Draw which layers each step refreshed, as SVG.")
    private @Nullable Path refreshes;

    ReplayCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        Trace trace = Failures.usage(command, () -> Trace.read(file));
        UnmaskingStrategy judge = strategy == null
                ? Failures.usage(command, () -> UnmaskingStrategy.parse(trace.strategy(), this::foreignFilter))
                : strategy;
        if (svg != null) {
            write(svg, trace.svg());
        }
        if (refreshes != null) {
            write(refreshes, new RefreshPicture(file).svg());
        }
        List<Decision> decisions = Failures.usage(command, () -> trace.replay(judge));
        terminal.out().println("recorded: " + trace.title());
        terminal.out().println("replayed: " + judge + ", on the recorded path's canvas and predictions");
        decisions.forEach(decision -> terminal.out().println(line(decision)));
        terminal.out().println(summary(decisions));
    }

    /** A trace may be anybody's; what it names is not opened. */
    private LearnedFilter foreignFilter(String name) {
        throw new IllegalArgumentException(file + " was decided by a filter in " + Quote.of(name)
                + "; a trace opens no other file, so name the filter: --strategy 'filter(path=FILE)'");
    }

    private static String line(Decision decision) {
        String step = "step " + (decision.step() + 1) + ": ";
        String recorded = positions(
                decision.recorded().keySet(),
                decision.recordedBack(),
                decision.recordedEdits().keySet());
        return decision.same()
                ? step + "both " + recorded
                : step + "recorded " + recorded + "; replayed "
                        + positions(
                                decision.replayed().keySet(),
                                decision.replayedBack(),
                                decision.replayedEdits().keySet());
    }

    private static String positions(
            Collection<Integer> committed, Collection<Integer> takenBack, Collection<Integer> edited) {
        return (committed.isEmpty() ? "none" : list(committed))
                + (takenBack.isEmpty() ? "" : ", back " + list(takenBack))
                + (edited.isEmpty() ? "" : ", edited " + list(edited));
    }

    private static String list(Collection<Integer> positions) {
        return positions.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private static String summary(List<Decision> decisions) {
        long same = decisions.stream().filter(Decision::same).count();
        long recorded =
                decisions.stream().mapToLong(step -> step.recorded().size()).sum();
        long replayed =
                decisions.stream().mapToLong(step -> step.replayed().size()).sum();
        long common = decisions.stream().mapToLong(Decision::common).sum();
        long edited = decisions.stream()
                .mapToLong(step -> step.recordedEdits().size())
                .sum();
        long editedAgain = decisions.stream()
                .mapToLong(step -> step.replayedEdits().size())
                .sum();
        String edits = edited + editedAgain == 0 ? "" : "; " + edited + " edits recorded, " + editedAgain + " replayed";
        return same + " of " + decisions.size() + " steps decided the same; " + recorded + " commits recorded, "
                + replayed + " replayed, " + common + " of both" + edits;
    }

    private static void write(Path target, String picture) {
        try {
            Files.writeString(target, picture);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
