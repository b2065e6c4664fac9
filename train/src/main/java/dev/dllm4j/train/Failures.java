package dev.dllm4j.train;

import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** One line on standard error for everything that goes wrong, and the exit code that goes with it. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final PrintStream err;

    Failures(PrintStream err) {
        this.err = err;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        report(usageMessage(e), e, List.of(arguments).contains("--verbose"));
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        Main main = (Main) command.getCommandSpec().root().userObject();
        report(message(e), e, main.verbose());
        return e instanceof IllegalArgumentException ? ExitCode.USAGE : ExitCode.SOFTWARE;
    }

    int outOfMemory(OutOfMemoryError e) {
        report("out of memory (" + e.getMessage() + "); allow more, e.g. JDK_JAVA_OPTIONS=-Xmx8g", e, false);
        return ExitCode.SOFTWARE;
    }

    private void report(String message, Throwable e, boolean verbose) {
        err.println("dllm4j: " + message.lines().findFirst().orElse("no message"));
        if (verbose) {
            e.printStackTrace(err);
        }
    }

    private static String usageMessage(ParameterException e) {
        if (e.getArgSpec() instanceof OptionSpec option && e.getCause() instanceof TypeConversionException) {
            String rule = option.type().isEnum()
                    ? "one of " + List.of(option.type().getEnumConstants())
                    : option.type() == double.class ? "a number" : "a whole number";
            return option.longestName() + " is " + e.getValue() + "; it must be " + rule;
        }
        return e.getMessage() + "; see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help";
    }

    private static String message(Exception e) {
        if (e instanceof UncheckedIOException && e.getCause() instanceof IOException cause) {
            return message(cause);
        }
        if (e instanceof NoSuchFileException file) {
            return file.getFile() + " does not exist";
        }
        if (e instanceof AccessDeniedException file) {
            return file.getFile() + " may not be accessed; check its permissions";
        }
        if (e instanceof FileSystemException file) {
            return file.getFile() + " cannot be used: " + file.getReason();
        }
        boolean speaks =
                e instanceof ModelException || e instanceof IllegalArgumentException || e instanceof IOException;
        return speaks && e.getMessage() != null
                ? e.getMessage()
                : "unexpected " + e + "; please report it with the stack trace that --verbose prints";
    }
}
