package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.convert.TemplateChoice;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.eval.Task;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program: puts the commands together. */
@Command(
        name = "dllm4j",
        description = "Decodes masked diffusion language models in parallel.",
        synopsisSubcommandLabel = "COMMAND",
        footer = "Training has a jar of its own: ./dllm4j train --help",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT)
public final class Main implements Callable<Integer> {
    /** Held for as long as the process lives: a logger that nobody holds forgets its level. */
    private static final Logger LIBRARIES = Logger.getLogger("");

    /** Whose warnings are for the user. */
    private static final Logger OURS = Logger.getLogger("dev.dllm4j");

    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print libraries' messages, and stack traces of failures.")
    private boolean verbose;

    private Main(Terminal terminal) {
        this.terminal = terminal;
    }

    public static void main(String[] arguments) {
        setUpLogging(List.of(arguments).contains("--verbose"));
        StandardOutput output = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        Terminal terminal = Terminal.system(output, System.getenv());
        int exitCode = execute(terminal, Arguments.restored(arguments));
        terminal.out().flush();
        output.complaint().ifPresent(complaint -> terminal.err().println("dllm4j: " + complaint));
        System.exit(output.failed() ? CommandLine.ExitCode.SOFTWARE : exitCode);
    }

    /** Warnings of ours are one line each; what libraries say is shown on demand. */
    private static void setUpLogging(boolean verbose) {
        if (!verbose) {
            System.setProperty("java.util.logging.SimpleFormatter.format", "dllm4j: %5$s%n");
        }
        LIBRARIES.setLevel(verbose ? Level.INFO : Level.OFF);
        OURS.setLevel(verbose ? Level.INFO : Level.WARNING);
    }

    private static int execute(Terminal terminal, String[] arguments) {
        try {
            return commandLine(terminal, System.getenv()).execute(arguments);
        } catch (Error e) {
            return new Failures(terminal.err()).handleError(e, arguments);
        }
    }

    /** All commands, on the given streams. */
    static CommandLine commandLine(Terminal terminal, Map<String, String> environment) {
        Failures failures = new Failures(terminal.err());
        return register(new CommandLine(new Main(terminal))
                        .addSubcommand(new GenerateCommand(terminal, environment))
                        .addSubcommand(new ServeCommand(terminal, environment))
                        .addSubcommand(new EvalCommand(terminal, environment))
                        .addSubcommand(new CompareCommand(terminal))
                        .addSubcommand(new TournamentCommand(terminal))
                        .addSubcommand(new BenchCommand(terminal, environment))
                        .addSubcommand(new ReportCommand())
                        .addSubcommand(new ConvertCommand(terminal, environment))
                        .addSubcommand(new ReplayCommand(terminal))
                        .addSubcommand(new ModelsCommand(terminal, environment))
                        .addSubcommand(new CommandLine.HelpCommand()))
                .setOut(new PrintWriter(terminal.out(), true, UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, UTF_8))
                .setColorScheme(Help.defaultColorScheme(ansi(terminal.drawsOut())))
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures);
    }

    /** Teaches a command line our types. */
    static CommandLine register(CommandLine commands) {
        return commands.registerConverter(Window.class, Window::parse)
                .registerConverter(UnmaskingStrategy.class, UnmaskingStrategy::parse)
                .registerConverter(RefreshPolicy.class, CacheSpec::parse)
                .registerConverter(ByteSize.class, ByteSize::parse)
                .registerConverter(Task.class, Task::named)
                .registerConverter(StopRule.class, StopRule::parse)
                .registerConverter(Device.class, Device::parse)
                .registerConverter(RowType.class, RowType::parse)
                .registerConverter(TemplateChoice.class, TemplateChoice::of)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Without a command there is nothing to do but to say which there are. */
    @Override
    public Integer call() {
        command.commandLine().usage(terminal.err(), ansi(terminal.drawsErr() && terminal.escapes()));
        return CommandLine.ExitCode.USAGE;
    }

    private static Help.Ansi ansi(boolean on) {
        return on ? Help.Ansi.ON : Help.Ansi.OFF;
    }

    boolean verbose() {
        return verbose;
    }
}
