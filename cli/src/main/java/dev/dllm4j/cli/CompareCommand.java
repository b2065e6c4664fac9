package dev.dllm4j.cli;

import dev.dllm4j.eval.Summary;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sets evaluations of the same questions side by side. */
@Command(
        name = "compare",
        description = "Compare evaluations of the same questions with the first of them, item by item.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class CompareCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Parameters(arity = "2..*", paramLabel = "DIR", description = "Folders of finished runs, the reference first.")
    private List<Path> folders = List.of();

    CompareCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        Summary reference = Failures.usage(command, () -> Summary.read(folders.get(0)));
        terminal.out().println(reference);
        for (Path folder : folders.subList(1, folders.size())) {
            Summary result = Failures.usage(command, () -> Summary.read(folder));
            terminal.out().println(result + "; " + Failures.usage(command, () -> reference.with(result)));
        }
    }
}
