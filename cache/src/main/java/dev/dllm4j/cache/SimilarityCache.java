package dev.dllm4j.cache;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Every row now and then, the rows after the prompt more often, and otherwise a share of them: those that changed most
 * when they were last computed, besides the rows that the strategy needs and those just committed. In the manner of
 * dLLM-Cache, which also picks rows by the similarity of their values but measures it on every row in every layer of
 * every forward; here only rows that are computed anyway are measured, in the last layer.
 *
 * @param promptEvery forwards from one that computes every row to the next
 * @param responseEvery forwards from one that computes every row after the prompt to the next
 * @param share of the rows after the prompt that the other forwards compute besides, within [0, 1]
 * @see <a href="https://arxiv.org/abs/2506.06295">dLLM-Cache: Accelerating Diffusion Large Language Models with Adaptive
 *     Caching</a>
 */
public record SimilarityCache(int promptEvery, int responseEvery, double share) implements RefreshPolicy {
    public SimilarityCache {
        if (promptEvery < 1 || responseEvery < 1) {
            throw new IllegalArgumentException("prompt is " + promptEvery + " and response " + responseEvery
                    + "; both count forwards and must be at least 1");
        }
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share is " + share + "; it must be within [0, 1], e.g. 0.25");
        }
    }

    @Override
    public Keeps keeps() {
        return Keeps.KEYS_AND_VALUES;
    }

    @Override
    public Refresh start(SequenceShape shape) {
        return new Similar(this, shape.layers() - 1);
    }

    @Override
    public String toString() {
        return "dllm-cache(prompt=" + promptEvery + ",response=" + responseEvery + ",share=" + share + ")";
    }

    private static final class Similar implements Refresh, RowWatch {
        private static final float SAME = 1;

        private final SimilarityCache policy;
        private final int layer;
        private final BitSet rows = new BitSet();
        /** Of each position's value row to the one before, when it was last computed. */
        private float[] similarity = {};

        private int forwards;

        Similar(SimilarityCache policy, int layer) {
            this.policy = policy;
            this.layer = layer;
        }

        @Override
        public void plan(Forward forward, RowPlan plan) {
            boolean empty = forwards == 0 || forward.lost();
            if (empty) {
                similarity = new float[forward.length()];
                Arrays.fill(similarity, SAME);
            } else {
                plan.watch(this);
            }
            if (empty || forwards % policy.promptEvery == 0) {
                plan.refreshAll(forward.length());
            } else {
                rows.clear();
                forward.changed().stream().forEach(rows::set);
                forward.wanted().stream().forEach(rows::set);
                addResponse(forward);
                rows.clear(forward.length(), Math.max(forward.length(), rows.length()));
                rows.stream().forEach(plan.rows()::add);
            }
            forwards++;
        }

        private void addResponse(Forward forward) {
            int start = forward.promptLength();
            int count = forward.length() - start;
            if (forwards % policy.responseEvery == 0) {
                rows.set(start, forward.length());
                return;
            }
            IntStream.range(start, forward.length())
                    .filter(position -> !rows.get(position))
                    .boxed()
                    .sorted(Comparator.comparing(position -> similarity[position]))
                    .limit((long) Math.ceil(policy.share * count))
                    .forEach(rows::set);
        }

        @Override
        public int layer() {
            return layer;
        }

        @Override
        public void recomputed(int position, float measured) {
            similarity[position] = measured;
        }
    }
}
