package dev.dllm4j.cli;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.eval.EvaluationException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** One line on standard error for everything that goes wrong, and the exit code that goes with it. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final PrintStream err;

    Failures(PrintStream err) {
        this.err = err;
    }

    /** Computes something from values that the user gave; refusing them is wrong usage. */
    static <T> T usage(CommandSpec command, Supplier<T> computation) {
        try {
            return computation.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), message(e), e);
        }
    }

    /** What went wrong may stand before --verbose, which then was never parsed. */
    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        report(usageMessage(e), e, List.of(arguments).contains("--verbose"));
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        Main main = (Main) command.getCommandSpec().root().userObject();
        report(message(e), e, main.verbose());
        return ExitCode.SOFTWARE;
    }

    /** What no command is expected to recover from: memory that ran out, a library that does not fit the system. */
    int handleError(Error e, String[] arguments) {
        String message = e instanceof OutOfMemoryError
                ? "out of memory (" + e.getMessage() + "); allow more, e.g. JDK_JAVA_OPTIONS=-Xmx8g"
                : message(e);
        report(message, e, List.of(arguments).contains("--verbose"));
        return ExitCode.SOFTWARE;
    }

    private void report(String message, Throwable e, boolean verbose) {
        err.println("dllm4j: " + message.lines().findFirst().orElse("no message"));
        if (verbose) {
            e.printStackTrace(err);
        }
    }

    /** Our own refusals name their remedy; picocli's get one. */
    private static String usageMessage(ParameterException e) {
        if (e.getCause() instanceof IllegalArgumentException refusal) {
            return message(refusal);
        }
        String help = e.getCommandLine().getCommandSpec().qualifiedName() + " --help";
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatchedMessage(unmatched) + help;
        }
        if (e.getArgSpec() instanceof OptionSpec option && e.getCause() instanceof TypeConversionException) {
            return option.longestName() + " is " + e.getValue() + "; it must be " + kind(option.type());
        }
        return String.valueOf(e.getMessage()).replaceFirst("\\.$", "") + "; see " + help;
    }

    private static String unmatchedMessage(UnmatchedArgumentException e) {
        String argument = e.getUnmatched().get(0);
        String next = e.getSuggestions().stream()
                .findFirst()
                .map(name -> "; did you mean " + name + "? See ")
                .orElse("; see ");
        if (e.isUnknownOption()) {
            return "unknown option " + argument + next;
        }
        boolean command = e.getCommandLine().getCommandSpec().parent() == null;
        return command
                ? "unknown command " + argument + next
                : "unexpected argument '" + argument + "'; put a prompt of several words in quotes; see ";
    }

    private static String kind(Class<?> type) {
        if (type.isEnum()) {
            return "one of "
                    + String.join(
                            ", ",
                            Stream.of(type.getEnumConstants())
                                    .map(name -> name.toString().toLowerCase(Locale.ROOT))
                                    .toList());
        }
        if (type == Path.class) {
            return "a file name that the locale can express, so run with LC_ALL=C.UTF-8";
        }
        return type == double.class || type == Double.class ? "a number" : "a whole number";
    }

    private static String message(Throwable e) {
        Throwable cause = e.getCause();
        if (e instanceof UncheckedIOException
                && cause != null
                && cause.toString().equals(e.getMessage())) {
            return message(cause);
        }
        if (e instanceof FileSystemException file) {
            return fileMessage(file);
        }
        String message = e.getMessage();
        boolean speaks = e instanceof ModelException
                || e instanceof EvaluationException
                || e instanceof IllegalArgumentException
                || e instanceof IOException
                || e instanceof UncheckedIOException;
        return speaks && message != null
                ? message
                : "unexpected " + e + "; please report it with the stack trace that --verbose prints";
    }

    private static String fileMessage(FileSystemException e) {
        if (e instanceof NoSuchFileException) {
            return e.getFile() + " does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return e.getFile() + " may not be accessed; check its permissions";
        }
        return e.getFile() + " cannot be used: "
                + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason());
    }
}
