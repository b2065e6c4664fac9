package dev.dllm4j.decoder;

import java.util.List;

/**
 * What one step did.
 *
 * @param step 0-based
 * @param commits in the order of their positions
 * @param takenBack positions that became masks again, in their order; only strategies that revise have any
 * @param length positions of the canvas after the step; less than before where the stop rule truncated
 * @param settledEnd exclusive end of the prefix that never changes again
 * @param refreshedFrom first layer that computed every row; the number of layers where none did
 * @param work so far, this step included
 */
public record StepReport(
        int step,
        List<Commit> commits,
        List<Integer> takenBack,
        int length,
        int settledEnd,
        int refreshedFrom,
        boolean done,
        Work work) {
    public StepReport {
        commits = List.copyOf(commits);
        takenBack = List.copyOf(takenBack);
    }
}
