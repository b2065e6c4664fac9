package dev.dllm4j.cache.testing;

import java.io.PrintStream;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Prints at the end of a module's tests which of them were skipped, and why, a class as one where all its tests were;
 * Surefire prints their number alone. JUnit finds it in the class path of every module that has this module's test jar
 * there.
 */
public final class SkippedTests implements TestExecutionListener {
    private final PrintStream out;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    /** For JUnit. */
    public SkippedTests() {
        this(System.out);
    }

    /** @param out where the list goes */
    SkippedTests(PrintStream out) {
        this.out = out;
    }

    @Override
    public void executionSkipped(TestIdentifier skipped, String reason) {
        add(skipped, reason);
    }

    @Override
    public void executionFinished(TestIdentifier finished, TestExecutionResult result) {
        if (result.getStatus() == Status.ABORTED) {
            add(finished, result.getThrowable().map(Throwable::getMessage).orElse(""));
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (!lines.isEmpty()) {
            out.println("Skipped, and why:\n  "
                    + String.join("\n  ", lines.stream().sorted().toList()));
        }
    }

    private void add(TestIdentifier test, String reason) {
        String why = reason.replaceFirst("^Assumption failed: ", "")
                .replaceAll("\\s+", " ")
                .strip();
        lines.add(name(test) + ": " + (why.isEmpty() ? "no reason is given" : why));
    }

    private static String name(TestIdentifier test) {
        if (test.getSource().orElse(null) instanceof MethodSource method) {
            String invocation = test.getDisplayName().startsWith("[") ? " " + test.getDisplayName() : "";
            return simple(method.getClassName()) + "." + method.getMethodName() + invocation;
        }
        return test.getSource().orElse(null) instanceof ClassSource type
                ? simple(type.getClassName()) + ", all its tests"
                : test.getDisplayName();
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }
}
