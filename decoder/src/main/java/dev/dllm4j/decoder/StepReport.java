package dev.dllm4j.decoder;

import dev.dllm4j.decoder.canvas.CanvasChange;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.CanvasChange.TakeBack;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What one step did.
 *
 * @param step 0-based
 * @param changes in the order of their positions, of which each changes once at most
 * @param length positions of the canvas after the step; less than before where the stop rule truncated
 * @param frozenFrom where the stop rule froze in this step: masks from there on are never decoded
 * @param settledEnd exclusive end of the prefix that never changes again
 * @param refreshedFrom first layer that computed every row; the number of layers where none did
 * @param work so far, this step included
 */
public record StepReport(
        int step,
        List<CanvasChange> changes,
        int length,
        OptionalInt frozenFrom,
        int settledEnd,
        int refreshedFrom,
        boolean done,
        Work work) {
    public StepReport {
        changes = List.copyOf(changes);
    }

    /** Masks that became tokens, in the order of their positions. */
    public List<Commit> commits() {
        return of(Commit.class).toList();
    }

    /** Positions that became masks again, in their order; only strategies that revise have any. */
    public List<Integer> takenBack() {
        return of(TakeBack.class).map(TakeBack::position).toList();
    }

    /** Tokens that gave way to others, in the order of their positions; only strategies that edit have any. */
    public List<Replace> edits() {
        return of(Replace.class).toList();
    }

    private <C extends CanvasChange> Stream<C> of(Class<C> kind) {
        return changes.stream().filter(kind::isInstance).map(kind::cast);
    }
}
