package dev.dllm4j.cache;

import org.jspecify.annotations.Nullable;

/**
 * The rows of one forward of one sequence: some positions in the first layers, and from a layer on all of them. Reused
 * by every forward, confined to one thread.
 */
public final class RowPlan {
    private static final int NEVER = Integer.MAX_VALUE;

    private final Positions rows;
    private int refreshFrom = NEVER;
    private int openLimit = NEVER;
    private int borrowed;
    private @Nullable Tracking tracking;
    private @Nullable RowWatch watch;

    /** @param capacity positions it has room for at first */
    public RowPlan(int capacity) {
        this(new Positions(capacity));
    }

    private RowPlan(Positions rows) {
        this.rows = rows;
    }

    /** A plan that computes the same positions in every layer. */
    public static RowPlan of(Positions rows) {
        return new RowPlan(rows);
    }

    /** Positions computed before {@link #refreshFrom}, each once. */
    public Positions rows() {
        return rows;
    }

    /** The first layer that computes every row; after the last layer where none does. */
    public int refreshFrom() {
        return refreshFrom;
    }

    /** Positions that may commit after this forward: as many of the open ones, leftmost first; 0 for none. */
    public int openLimit() {
        return openLimit;
    }

    /**
     * Leading positions whose kept rows are another sequence's; none of the rows after them is kept yet. Where attention
     * is tracked, the computed rows are the tracking's compared ones, and after them those of every position from here
     * on, in order.
     */
    public int borrowed() {
        return borrowed;
    }

    /** What attention is watched for; null for nothing. */
    public @Nullable Tracking tracking() {
        return tracking;
    }

    /** What recomputed rows are measured for; null for nothing. */
    public @Nullable RowWatch watch() {
        return watch;
    }

    /** Back to a plan of no rows. */
    public void clear() {
        rows.clear();
        refreshFrom = NEVER;
        openLimit = NEVER;
        borrowed = 0;
        tracking = null;
        watch = null;
    }

    /** Computes every row in every layer. */
    public void refreshAll(int length) {
        rows.clear();
        rows.addRange(0, length);
        refreshFrom = 0;
    }

    /** Computes every row from a layer on; the inputs of that layer must be kept. */
    public void refreshFrom(int layer) {
        refreshFrom = Math.min(refreshFrom, layer);
    }

    public void borrow(int positions) {
        borrowed = positions;
    }

    public void openAtMost(int positions) {
        openLimit = positions;
    }

    public void track(Tracking watched) {
        tracking = watched;
    }

    public void watch(RowWatch watching) {
        watch = watching;
    }
}
