package dev.dllm4j.decoder;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.RefreshPolicy.Keeps;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.cache.RowWidths;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.model.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * What one sequence keeps between its forwards: leased for each of them, begun with rows of prompts before it, and freed
 * at the end. Confined to the sequence's thread, but for {@link #close}, which any thread may call.
 */
final class RowLease implements AutoCloseable {
    private final LayerCache cache;
    private final Keeps keeps;
    private final RowType type;
    private final int positions;
    private final ModelSpec spec;
    /** What the prompt has in common with others; null where nothing is reused. */
    private final PromptPrefixes.@Nullable Beginning beginning;
    /** Null where nothing is kept. Read by whoever cancels. */
    private volatile LayerCache.@Nullable Sequence sequence;

    private boolean first = true;
    private boolean lost = true;
    private int borrowed;

    /**
     * @param type as what rows are kept
     * @param positions of the sequence's longest canvas
     * @param beginning of the prompt, null where nothing is reused
     */
    RowLease(
            LayerCache cache,
            Keeps keeps,
            RowType type,
            int positions,
            ModelSpec spec,
            PromptPrefixes.@Nullable Beginning beginning) {
        this.cache = cache;
        this.keeps = keeps;
        this.type = type;
        this.positions = positions;
        this.spec = spec;
        this.beginning = beginning;
        this.sequence = open();
    }

    /**
     * Begins a forward.
     *
     * @param firstForward whether it is the sequence's first: one that may start from rows of prompts before it
     */
    void begin(boolean firstForward) {
        first = firstForward;
        borrowed = 0;
        LayerCache.Sequence rows = sequence;
        if (rows != null) {
            boolean found = rows.lease();
            borrowed = first && beginning != null ? beginning.borrow(rows) : 0;
            lost = !found && borrowed == 0;
        }
    }

    /** Whether no rows are kept for the forward under way: each one that it needs must be computed. */
    boolean lost() {
        return lost;
    }

    /** Leading positions whose rows the forward under way takes from another sequence. */
    int borrowed() {
        return borrowed;
    }

    /** The leased rows; null where none are kept or there is no room for them. */
    @Nullable SequenceRows rows() {
        LayerCache.Sequence rows = sequence;
        return rows == null ? null : rows.rows();
    }

    /** As what they are kept, or would be if there were room; float32 where nothing is. */
    RowType type() {
        return keeps == Keeps.NOTHING ? RowType.F32 : type;
    }

    /** Leaves what is kept of the prompt's beginning after the first forward to the prompts that come. */
    void share() {
        LayerCache.Sequence rows = sequence;
        if (beginning != null && rows != null && first) {
            beginning.share(rows, borrowed);
        }
    }

    /**
     * Ends a forward that was answered.
     *
     * @param nanos that it took
     */
    void end(long nanos) {
        release(lost && !first ? nanos : 0);
    }

    /** Ends a forward that was not answered. */
    void giveUp() {
        release(0);
    }

    private void release(long loadNanos) {
        LayerCache.Sequence rows = sequence;
        if (rows != null) {
            rows.release(loadNanos);
        }
    }

    /** Takes new room in place of what {@link #close} freed. */
    void reopen() {
        sequence = open();
    }

    /** Frees what is kept, at the end of the forward under way where there is one. Closing again does nothing. */
    @Override
    public void close() {
        LayerCache.Sequence rows = sequence;
        if (rows != null) {
            rows.close();
        }
    }

    private LayerCache.@Nullable Sequence open() {
        int width = spec.kvWidth();
        return switch (keeps) {
            case NOTHING -> null;
            case KEYS_AND_VALUES -> cache.open(spec.layers(), positions, RowWidths.keysAndValues(width, type));
            case EVERYTHING ->
                cache.open(
                        spec.layers(), positions, new RowWidths(spec.hidden(), spec.queryWidth(), width, width, type));
        };
    }
}
