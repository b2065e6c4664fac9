package dev.dllm4j.cli;

import dev.dllm4j.eval.Summary;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The last line of an evaluation: what came of it, and where it lies. */
final class EvalRecord {
    private EvalRecord() {}

    /** @param summaries of all runs, at least one */
    static String line(List<Summary> summaries, Path folder) {
        String what =
                summaries.size() == 1 ? "recorded in " + folder : summaries.size() + " runs recorded in " + folder;
        boolean told = summaries.stream().anyMatch(summary -> summary.tokensPerForward() > 0);
        return what + ": " + range(summaries, "%.1f", summary -> 100 * summary.accuracy()) + " % correct"
                + (told ? ", " + range(summaries, "%.2f", Summary::tokensPerForward) + " tokens per forward" : "");
    }

    private static String range(List<Summary> summaries, String format, ToDoubleFunction<Summary> figure) {
        DoubleSummaryStatistics figures = summaries.stream().mapToDouble(figure).summaryStatistics();
        String least = String.format(Locale.ROOT, format, figures.getMin());
        String most = String.format(Locale.ROOT, format, figures.getMax());
        return least.equals(most) ? least : least + " to " + most;
    }
}
