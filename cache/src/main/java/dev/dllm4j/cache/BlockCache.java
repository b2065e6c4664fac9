package dev.dllm4j.cache;

import java.util.Locale;

/**
 * Every row when a block is entered; afterwards the block's rows alone ({@code dual}) or those from the block to the
 * canvas's end ({@code prefix}), which attend to what the others left (Fast-dLLM).
 *
 * <p>Under shifted logits the first position of a block commits alone, from the forward that enters it: the row before
 * the block, which predicts it, is not computed again.
 *
 * @param empty whether the block's rows are computed once more where entering it has decoded all of it, as the original
 *     does; nothing commits then
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record BlockCache(Reach reach, EmptyForward empty) implements RefreshPolicy {
    /** Which rows a forward inside a block computes. */
    public enum Reach {
        /** From the block's start to the end of the canvas. */
        PREFIX,
        /** The block's. */
        DUAL
    }

    /** What becomes of a forward that has nothing to decode. */
    public enum EmptyForward {
        MADE,
        SKIPPED
    }

    /** As the original. */
    public BlockCache(Reach reach) {
        this(reach, EmptyForward.MADE);
    }

    @Override
    public Keeps keeps() {
        return Keeps.KEYS_AND_VALUES;
    }

    /** One a part. */
    @Override
    public int emptyForwards(SequenceShape shape, int parts, int takenBack) {
        return empty == EmptyForward.MADE ? parts : 0;
    }

    @Override
    public Refresh start(SequenceShape shape) {
        return new Blockwise(this, shape.shifted());
    }

    @Override
    public String toString() {
        String name = reach.name().toLowerCase(Locale.ROOT);
        return empty == EmptyForward.MADE ? name : name + "(empty=skipped)";
    }

    private static final class Blockwise implements Refresh {
        private static final int NONE = -1;

        private final BlockCache policy;
        private final boolean shifted;
        private int start = NONE;
        private int end;
        /** Whether a forward has computed the block's rows alone. */
        private boolean reused;

        Blockwise(BlockCache policy, boolean shifted) {
            this.policy = policy;
            this.shifted = shifted;
        }

        @Override
        public void plan(Forward forward, RowPlan plan) {
            boolean entered = forward.partStart() != start;
            if (entered && owesForward(false) && start < forward.length()) {
                plan.openAtMost(0);
                reuse(forward, plan);
            } else if (entered) {
                start = forward.partStart();
                end = forward.partEnd();
                reused = false;
                plan.refreshAll(forward.length());
                plan.openAtMost(shifted ? 1 : plan.openLimit());
            } else {
                reuse(forward, plan);
            }
        }

        private void reuse(Forward forward, RowPlan plan) {
            reused = true;
            if (forward.lost()) {
                plan.refreshAll(forward.length());
                return;
            }
            int last = policy.reach == Reach.PREFIX ? forward.length() : Math.min(end, forward.length());
            plan.rows().addRange(start, last);
        }

        @Override
        public boolean owesForward(boolean stopped) {
            return !stopped && start != NONE && !reused && policy.empty == EmptyForward.MADE;
        }
    }
}
