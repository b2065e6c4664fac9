package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.file.Quote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a log says of something that failed: class, message and place, of its causes too. A message is shown only where
 * this project wrote it or the virtual machine did: those of libraries quote what they were given, which may be a prompt.
 */
public final class FailureText {
    private static final String OURS = "dev.dllm4j.";
    private static final int LONGEST_MESSAGE = 300;
    private static final int MOST_CAUSES = 4;

    private FailureText() {}

    /** On one line, e.g. {@code IllegalStateException: no rows, at Decoding.step (Decoding.java:190)}. */
    public static String line(Throwable failure) {
        return chain(failure).stream()
                .map(each -> named(each) + place(each))
                .collect(Collectors.joining("; caused by "));
    }

    /** With every frame of the stack, a line each. */
    public static String trace(Throwable failure) {
        return chain(failure).stream()
                .flatMap(each -> Stream.concat(
                        Stream.of(named(each)),
                        Arrays.stream(each.getStackTrace()).map(frame -> "    at " + frame)))
                .collect(Collectors.joining("\n"));
    }

    private static List<Throwable> chain(Throwable failure) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable each = failure; each != null && chain.size() < MOST_CAUSES; each = each.getCause()) {
            chain.add(each);
        }
        return chain;
    }

    private static String named(Throwable failure) {
        String name = failure.getClass().getName();
        String shortName = name.substring(name.lastIndexOf('.') + 1);
        String message = failure.getMessage();
        return message == null || !speaks(failure, message)
                ? shortName
                : shortName + ": " + Quote.of(message, LONGEST_MESSAGE);
    }

    private static boolean speaks(Throwable failure, String message) {
        if (failure.getClass().getName().startsWith(OURS) || failure instanceof VirtualMachineError) {
            return true;
        }
        StackTraceElement[] stack = failure.getStackTrace();
        boolean thrownHere = stack.length > 0 && stack[0].getClassName().startsWith(OURS);
        Throwable cause = failure.getCause();
        boolean repeats = cause != null && cause.getMessage() != null && message.contains(cause.getMessage());
        return thrownHere && !repeats;
    }

    /** The first frame of this project, or where there is none the first. */
    private static String place(Throwable failure) {
        List<StackTraceElement> stack = List.of(failure.getStackTrace());
        return stack.stream()
                .filter(frame -> frame.getClassName().startsWith(OURS))
                .findFirst()
                .or(() -> stack.stream().findFirst())
                .map(frame -> ", at " + shortClass(frame.getClassName()) + "." + frame.getMethodName() + " ("
                        + frame.getFileName() + ":" + frame.getLineNumber() + ")")
                .orElse("");
    }

    private static String shortClass(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
