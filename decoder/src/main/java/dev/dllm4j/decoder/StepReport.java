package dev.dllm4j.decoder;

import java.util.List;
import java.util.OptionalInt;

/**
 * What one step did.
 *
 * @param step 0-based
 * @param commits in the order of their positions
 * @param takenBack positions that became masks again, in their order; only strategies that revise have any
 * @param length positions of the canvas after the step; less than before where the stop rule truncated
 * @param frozenFrom where the stop rule froze in this step: masks from there on are never decoded
 * @param settledEnd exclusive end of the prefix that never changes again
 * @param refreshedFrom first layer that computed every row; the number of layers where none did
 * @param work so far, this step included
 */
public record StepReport(
        int step,
        List<Commit> commits,
        List<Integer> takenBack,
        int length,
        OptionalInt frozenFrom,
        int settledEnd,
        int refreshedFrom,
        boolean done,
        Work work) {
    public StepReport {
        commits = List.copyOf(commits);
        takenBack = List.copyOf(takenBack);
    }
}
