package dev.dllm4j.cache;

import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.Locale;

/**
 * Every row at first. Afterwards the rows of the window, of positions just committed and of tracked tokens; and from
 * the layer on after which the attention of the tracked tokens has drifted, every row again, on the inputs that were
 * kept (Elastic-Cache {@code llada/generate.py}, {@code generate_with_elastic_cache}). Tracked are, in each layer, the
 * decoded tokens that the window attends to most.
 *
 * @param gamma least similarity of old and new attention at which a layer's rows are still taken for fresh; above 1
 *     every layer but the first is refreshed in every forward, below −1 none ever
 * @param track tokens tracked in each layer
 * @param along what the cosine is taken along
 * @param blockCaching whether masks after the window are reused as well; off, every mask is computed, too
 * @param prefixReuse whether the first forward takes a prompt prefix as another sequence left it. Some of its tokens,
 *     evenly spread, are then computed again and compared as tracked ones are; where they have drifted, nothing commits
 *     and the next forward computes every row. Not in the paper
 * @see <a href="https://arxiv.org/abs/2510.14973">Attention Is All You Need for KV Cache in Diffusion LLMs</a>
 */
public record ElasticCache(
        double gamma, int track, Tracking.Along along, BlockCaching blockCaching, PrefixReuse prefixReuse)
        implements RefreshPolicy {
    /** Whether masks after the window are reused. */
    public enum BlockCaching {
        ON,
        OFF
    }

    /** As the original. */
    public ElasticCache(double gamma, int track, Tracking.Along along, BlockCaching blockCaching) {
        this(gamma, track, along, blockCaching, PrefixReuse.OFF);
    }

    public ElasticCache {
        if (!Double.isFinite(gamma)) {
            throw new IllegalArgumentException("gamma is " + gamma + "; it must be a finite number, e.g. 0.9");
        }
        if (track < 1) {
            throw new IllegalArgumentException("track is " + track + "; at least 1 token is tracked in each layer");
        }
    }

    @Override
    public Keeps keeps() {
        return Keeps.EVERYTHING;
    }

    /** The same policy, starting from other sequences' prefixes. */
    public ElasticCache reusingPrefixes() {
        return new ElasticCache(gamma, track, along, blockCaching, PrefixReuse.ON);
    }

    /** The same policy, computing every prefix itself. */
    public ElasticCache computingPrefixes() {
        return new ElasticCache(gamma, track, along, blockCaching, PrefixReuse.OFF);
    }

    @Override
    public boolean reusesPrefixes() {
        return prefixReuse == PrefixReuse.ON;
    }

    /** One where a start from another sequence's rows may be refused. */
    @Override
    public int emptyForwards(SequenceShape shape, int parts, int takenBack) {
        return reusesPrefixes() ? 1 : 0;
    }

    @Override
    public void requireFit(SequenceShape shape) {
        if (shape.grid() != null) {
            throw new IllegalArgumentException("cache is " + this + " and rows of the model see no later block, so that"
                    + " finished blocks never drift; use cache blocks, which keeps them exactly");
        }
    }

    @Override
    public Refresh start(SequenceShape shape) {
        requireFit(shape);
        return new Elastic(this, shape.shifted());
    }

    @Override
    public String toString() {
        return "elastic(gamma=" + gamma + ",track=" + track + ",along=" + word(along) + ",block-caching="
                + word(blockCaching) + (reusesPrefixes() ? ",prefix-reuse=on)" : ")");
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static final class Elastic implements Refresh, Tracking {
        private static final int NONE = -1;
        /** Tokens of a borrowed prefix that are compared. */
        private static final int SAMPLES = 8;

        private final ElasticCache policy;
        private final boolean shifted;
        private final Positions compared = new Positions(8);
        private final Positions window = new Positions(32);
        /** What the layers of the last forward track. */
        private final BitSet tracked = new BitSet();

        private final BitSet decoded = new BitSet();
        private final BitSet added = new BitSet();
        private final BitSet best = new BitSet();
        private boolean filled;

        Elastic(ElasticCache policy, boolean shifted) {
            this.policy = policy;
            this.shifted = shifted;
        }

        @Override
        public void plan(Forward forward, RowPlan plan) {
            compared.clear();
            added.clear();
            window.clear();
            window(forward);
            if (forward.borrowed() > 0) {
                borrow(forward, plan);
            } else if (filled && !forward.lost()) {
                for (int at = tracked.nextSetBit(0);
                        at >= 0 && at < forward.length();
                        at = tracked.nextSetBit(at + 1)) {
                    compared.add(at);
                }
                addOnce(compared, forward.length(), plan.rows());
                addOnce(forward.changed(), forward.length(), plan.rows());
                addOnce(window, forward.length(), plan.rows());
                addOnce(forward.wanted(), forward.length(), plan.rows());
            } else {
                plan.refreshAll(forward.length());
            }
            filled = true;
            plan.track(this);
            tracked.clear();
            decoded.clear();
            for (int position = 0; position < forward.length(); position++) {
                decoded.set(position, !forward.masked().test(position));
            }
        }

        private void borrow(Forward forward, RowPlan plan) {
            int samples = Math.min(SAMPLES, forward.borrowed());
            for (int sample = 1; sample <= samples; sample++) {
                compared.add(sample * forward.borrowed() / samples - 1);
            }
            plan.borrow(forward.borrowed());
            plan.rows().addAll(compared);
            plan.rows().addRange(forward.borrowed(), forward.length());
        }

        /** Rows that predict what may commit, or with block caching off what is masked. */
        private void window(Forward forward) {
            if (policy.blockCaching == BlockCaching.ON) {
                window.addAll(forward.wanted());
                return;
            }
            for (int position = 0; position < forward.length(); position++) {
                if (forward.masked().test(position)) {
                    window.add(shifted && position > 0 ? position - 1 : position);
                }
            }
        }

        private void addOnce(Positions from, int length, Positions to) {
            for (int i = 0; i < from.size(); i++) {
                int position = from.get(i);
                if (position < length && !added.get(position)) {
                    added.set(position);
                    to.add(position);
                }
            }
        }

        @Override
        public Along along() {
            return policy.along;
        }

        @Override
        public Positions compared() {
            return compared;
        }

        @Override
        public Positions summed() {
            return window;
        }

        @Override
        public boolean stale(int layer, float similarity) {
            return similarity < policy.gamma;
        }

        @Override
        public void attended(int layer, FloatBuffer columns) {
            best.clear();
            for (int i = 0; i < policy.track; i++) {
                int place = NONE;
                for (int at = decoded.nextSetBit(0); at >= 0; at = decoded.nextSetBit(at + 1)) {
                    if (!best.get(at) && (place == NONE || columns.get(at) > columns.get(place))) {
                        place = at;
                    }
                }
                if (place == NONE) {
                    return;
                }
                best.set(place);
                tracked.set(place);
            }
        }
    }
}
