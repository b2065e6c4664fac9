package dev.dllm4j.cli;

import dev.dllm4j.eval.report.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a page whose figures come from result files. */
@Command(
        name = "report",
        description = "Fill a Markdown template with figures from result files.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ReportCommand implements Runnable {
    @Spec
    private CommandSpec command = CommandSpec.create();

    @Parameters(paramLabel = "TEMPLATE", description = "Markdown with Jinja, see docs/evaluation.md.")
    private Path template = Path.of("");

    @Option(
            names = "--results",
            required = true,
            paramLabel = "DIR",
            description = "Folder that the template's names of runs and files are below.")
    private Path results = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The page.")
    private Path out = Path.of("");

    @Option(names = "--check", description = "Write nothing; fail if the page is not what would be written.")
    private boolean check;

    @Override
    public void run() {
        String page = Failures.usage(command, () -> new Report(results).fill(read(template)));
        if (check) {
            if (!Files.exists(out) || !read(out).equals(page)) {
                throw new ParameterException(
                        command.commandLine(),
                        out + " is not what " + template + " and " + results
                                + " come to; run the command without --check");
            }
            return;
        }
        try {
            Files.writeString(out, page);
        } catch (IOException e) {
            throw new UncheckedIOException(out + " cannot be written (" + e + "); check its folder", e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read (" + e + "); check its path", e);
        }
    }
}
