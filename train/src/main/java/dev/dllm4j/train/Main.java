package dev.dllm4j.train;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program: puts the commands together. */
@Command(
        name = "dllm4j train",
        description = "Trains masked diffusion language models.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT)
public final class Main implements Runnable {
    /** Held for as long as the process lives: a logger that nobody holds forgets its level. */
    private static final Logger LIBRARIES = Logger.getLogger("");

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print libraries' messages, and stack traces of failures.")
    private boolean verbose;

    private Main() {}

    public static void main(String[] arguments) {
        LIBRARIES.setLevel(List.of(arguments).contains("--verbose") ? Level.INFO : Level.OFF);
        System.exit(execute(print(FileDescriptor.out), print(FileDescriptor.err), arguments));
    }

    /** Text is UTF-8, whatever the locale says. */
    private static PrintStream print(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor)), true, StandardCharsets.UTF_8);
    }

    /** Runs a command and gives its exit code. */
    static int execute(PrintStream out, PrintStream err, String... arguments) {
        Failures failures = new Failures(err);
        try {
            return new CommandLine(new Main())
                    .addSubcommand(new StarterCommand(out, err))
                    .addSubcommand(new RainbowCommand(out, err))
                    .addSubcommand(new CertaintyCommand(out, err))
                    .addSubcommand(new EndShareCommand(out))
                    .addSubcommand(new FilterCommand(out, err))
                    .addSubcommand(new ProblemsCommand(out, err))
                    .addSubcommand(new CommandLine.HelpCommand())
                    .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .setParameterExceptionHandler(failures)
                    .setExecutionExceptionHandler(failures)
                    .execute(arguments);
        } catch (OutOfMemoryError e) {
            return failures.outOfMemory(e);
        }
    }

    /** Without a command there is nothing to do but to say which there are. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                command.commandLine(), "no command given; there are " + names(command.commandLine()));
    }

    boolean verbose() {
        return verbose;
    }

    private static String names(CommandLine line) {
        return String.join(", ", line.getSubcommands().keySet());
    }
}
