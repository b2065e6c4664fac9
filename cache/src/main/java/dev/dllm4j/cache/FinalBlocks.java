package dev.dllm4j.cache;

import java.util.BitSet;
import java.util.Locale;

/**
 * Each row once after its token is final, for models whose rows see no later block: keys and values of a finished block
 * then never change, and only the rows of the open block are computed again. Exact, and never a refresh.
 *
 * <p>A block's rows must be computed from its final tokens, which the forward that committed the last of them has not
 * done. They travel with the first forward of the next block, and those of the prompt with the first forward of all;
 * the last block's are not needed.
 *
 * @param clean in which forward the rows of a finished block are computed
 * @param first how the first position of a block is predicted where rows predict the next position
 * @param inside which rows of the open block a forward computes
 * @param prefixReuse whether the first forward takes whole blocks of the prompt as another sequence left them, which is
 *     exact
 */
public record FinalBlocks(Clean clean, First first, Inside inside, PrefixReuse prefixReuse) implements RefreshPolicy {
    /** In which forward the rows of a finished block are computed. */
    public enum Clean {
        /** The next block's first. */
        MERGED,
        /** One of its own, which decodes nothing; the prompt's and the last block's, too (SDAR {@code generate.py}). */
        APART,
        /**
         * One of its own; a prompt that ends inside a block goes with the first forward, and the last block has none
         * (lmdeploy).
         */
        LMDEPLOY
    }

    /** How the first position of a block is predicted where rows predict the next position. */
    public enum First {
        /** Together with the others of its block. */
        TOGETHER,
        /** From the finished rows alone, and it commits alone (Fast-dLLM v2). */
        ALONE
    }

    /** Which rows of the open block a forward computes. */
    public enum Inside {
        /** All. */
        WHOLE,
        /**
         * All in the block's first forward and where the window's part begins with a mask, else the part's rows; an
         * approximation inside the block (Fast-dLLM v2's block cache).
         */
        KEPT
    }

    /** Exact, in the fewest forwards. */
    public FinalBlocks() {
        this(Clean.MERGED, First.TOGETHER, Inside.WHOLE, PrefixReuse.ON);
    }

    @Override
    public Keeps keeps() {
        return Keeps.KEYS_AND_VALUES;
    }

    /** The same policy, starting from other sequences' blocks. */
    public FinalBlocks reusingPrefixes() {
        return new FinalBlocks(clean, first, inside, PrefixReuse.ON);
    }

    /** The same policy, computing every prefix itself. */
    public FinalBlocks computingPrefixes() {
        return new FinalBlocks(clean, first, inside, PrefixReuse.OFF);
    }

    @Override
    public boolean reusesPrefixes() {
        return prefixReuse == PrefixReuse.ON;
    }

    /** None where rows travel along; else one for the prompt, and one for each time that a block is finished. */
    @Override
    public int emptyForwards(SequenceShape shape, int parts, int takenBack) {
        BlockGrid grid = grid(shape);
        if (clean == Clean.MERGED) {
            return 0;
        }
        int positions = grid.end(shape.length() - 1) - grid.start(shape.promptLength());
        return 1 + (positions + grid.length() - 1) / grid.length() + takenBack;
    }

    @Override
    public void requireFit(SequenceShape shape) {
        grid(shape);
    }

    @Override
    public Refresh start(SequenceShape shape) {
        return new Blockwise(this, grid(shape));
    }

    private BlockGrid grid(SequenceShape shape) {
        BlockGrid grid = shape.grid();
        if (grid == null) {
            throw new IllegalArgumentException(
                    "cache is " + this + " and every row of the model sees every key, so that"
                            + " no block of it is ever final; use cache none, prefix, dual, elastic or dllm-cache");
        }
        if (first == First.ALONE && !shape.shifted()) {
            throw new IllegalArgumentException("cache is " + this + " and each row of the model predicts its own"
                    + " position, so that finished rows say nothing of the next block; use first=together");
        }
        return grid;
    }

    @Override
    public String toString() {
        StringBuilder options = new StringBuilder();
        add(options, "clean", clean, Clean.MERGED);
        add(options, "first", first, First.TOGETHER);
        add(options, "inside", inside, Inside.WHOLE);
        add(options, "prefix-reuse", prefixReuse, PrefixReuse.ON);
        return options.isEmpty() ? "blocks" : "blocks(" + options + ")";
    }

    private static <E extends Enum<E>> void add(StringBuilder options, String name, E value, E otherwise) {
        if (value != otherwise) {
            options.append(options.isEmpty() ? "" : ",")
                    .append(name)
                    .append('=')
                    .append(value.name().toLowerCase(Locale.ROOT));
        }
    }

    private static final class Blockwise implements Refresh {
        private static final int NONE = -1;

        private final FinalBlocks policy;
        private final BlockGrid grid;
        private final BitSet rows = new BitSet();
        private boolean begun;
        /** Before it all keys and values are final. */
        private int cleanEnd;
        /** Exclusive end of the last block that was open. */
        private int reached;
        /** The open block whose rows are kept, and the end of what is kept of it and those after it. */
        private int entered = NONE;

        private int enteredEnd;
        /** Whether a forward was planned after all was final. */
        private boolean ended;

        Blockwise(FinalBlocks policy, BlockGrid grid) {
            this.policy = policy;
            this.grid = grid;
        }

        @Override
        public void plan(Forward forward, RowPlan plan) {
            boolean mayWait = !begun || !forward.lost();
            rows.clear();
            begin(forward, plan);
            int length = forward.length();
            int open = forward.firstOpen();
            int finished = open < length ? grid.start(open) : length;
            boolean aligned =
                    open < length && open == finished && forward.masked().test(open);
            if (open == length) {
                ended = true;
                last(Math.min(reached, length), plan);
            } else if (policy.first == First.ALONE && aligned && open > 0) {
                want(open - 1);
                alone(finished, 1, plan);
            } else if (mayWait && finished > cleanEnd && finishedApart(aligned)) {
                alone(finished, 0, plan);
            } else {
                withOpenBlock(forward, open, finished);
            }
            if (open < length) {
                reached = Math.max(reached, grid.end(open));
            }
            begun = true;
            for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
                plan.rows().add(row);
            }
        }

        /** What is still final after what has happened since the last forward. */
        private void begin(Forward forward, RowPlan plan) {
            if (forward.borrowed() > 0) {
                plan.borrow(forward.borrowed());
                cleanEnd = forward.borrowed();
            } else if (forward.lost()) {
                cleanEnd = 0;
                entered = NONE;
            }
            for (int i = 0; i < forward.changed().size(); i++) {
                int changed = forward.changed().get(i);
                if (changed < cleanEnd) {
                    cleanEnd = grid.start(changed);
                }
            }
            cleanEnd = Math.min(cleanEnd, forward.length());
        }

        /** @param aligned whether a block's first position is masked */
        private boolean finishedApart(boolean aligned) {
            return switch (policy.clean) {
                case MERGED -> false;
                case APART -> true;
                case LMDEPLOY -> begun || aligned;
            };
        }

        /**
         * Computes a row; one of a finished block with a neighbour, because a row alone takes another kernel, whose sums
         * round otherwise than those that were kept.
         */
        private void want(int row) {
            rows.set(row);
            if (row < cleanEnd) {
                rows.set(row > grid.start(row) ? row - 1 : row + 1);
            }
        }

        /** Computes finished rows alone. */
        private void alone(int finished, int open, RowPlan plan) {
            rows.set(Math.min(cleanEnd, finished), finished);
            plan.openAtMost(open);
            cleanEnd = finished;
        }

        /** Computes the last block's rows, also where a stop rule has cut the canvas off after a block that is final. */
        private void last(int finished, RowPlan plan) {
            cleanEnd = Math.min(cleanEnd, grid.start(finished - 1));
            alone(finished, 0, plan);
        }

        private void withOpenBlock(Forward forward, int open, int finished) {
            int last = open;
            Positions wanted = forward.wanted();
            for (int i = 0; i < wanted.size(); i++) {
                last = i == 0 ? wanted.get(i) : Math.max(last, wanted.get(i));
                want(wanted.get(i));
            }
            int end = Math.min(grid.end(last), forward.length());
            reached = Math.max(reached, end);
            boolean whole = policy.inside == Inside.WHOLE
                    || entered != finished
                    || cleanEnd < finished
                    || enteredEnd < end
                    || forward.masked().test(forward.partStart());
            int from = whole ? cleanEnd : Math.max(forward.partStart(), finished);
            int to = whole ? end : Math.min(forward.partEnd(), end);
            rows.set(from, Math.max(from, to));
            if (whole) {
                entered = finished;
                enteredEnd = end;
                cleanEnd = Math.max(cleanEnd, Math.min(finished, end));
            }
        }

        @Override
        public boolean owesForward(boolean stopped) {
            return policy.clean == Clean.APART && policy.first == First.TOGETHER && !ended;
        }

        @Override
        public boolean grown() {
            cleanEnd = grid.start(cleanEnd);
            entered = NONE;
            return true;
        }

        /** What was kept is given up, and the next forward finds it lost, or borrows rows of the prompt alone. */
        @Override
        public boolean withdrawn() {
            cleanEnd = 0;
            entered = NONE;
            ended = false;
            return true;
        }
    }
}
