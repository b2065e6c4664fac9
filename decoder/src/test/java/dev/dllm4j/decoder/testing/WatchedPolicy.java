package dev.dllm4j.decoder.testing;

import dev.dllm4j.cache.Forward;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.cache.Tracking;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Another policy, with what it plans and what it is told written down; may be told that its rows are lost. */
public final class WatchedPolicy implements RefreshPolicy {
    private static final int NOWHERE = -1;

    private final RefreshPolicy policy;
    private final IntPredicate lost;
    private final int staleLayer;
    private final List<Seen> forwards = new ArrayList<>();

    /**
     * One forward: whether its rows were lost, the plan's rows, the compared and the summed positions, similarities by
     * layer.
     */
    public record Seen(
            boolean lost,
            List<Integer> rows,
            List<Integer> compared,
            List<Integer> summed,
            List<Float> similarities,
            RowPlan plan) {}

    public WatchedPolicy(RefreshPolicy policy) {
        this(policy, forward -> false);
    }

    /** @param lost whether a forward, counted from 0, finds no rows kept */
    public WatchedPolicy(RefreshPolicy policy, IntPredicate lost) {
        this(policy, lost, NOWHERE);
    }

    /** @param staleLayer the layer behind which every forward refreshes, whatever the policy says */
    public WatchedPolicy(RefreshPolicy policy, IntPredicate lost, int staleLayer) {
        this.policy = policy;
        this.lost = lost;
        this.staleLayer = staleLayer;
    }

    /** What the last sequence's forwards were. */
    public List<Seen> forwards() {
        return forwards;
    }

    @Override
    public Keeps keeps() {
        return policy.keeps();
    }

    @Override
    public boolean reusesPrefixes() {
        return policy.reusesPrefixes();
    }

    @Override
    public int emptyForwards(SequenceShape shape, int parts, int takenBack) {
        return policy.emptyForwards(shape, parts, takenBack);
    }

    @Override
    public String toString() {
        return policy.toString();
    }

    @Override
    public void requireFit(SequenceShape shape) {
        policy.requireFit(shape);
    }

    @Override
    public Refresh start(SequenceShape shape) {
        Refresh refresh = policy.start(shape);
        forwards.clear();
        return new Refresh() {
            @Override
            public void plan(Forward forward, RowPlan plan) {
                Forward seenByPolicy = losing(forward);
                refresh.plan(seenByPolicy, plan);
                Tracking tracking = plan.tracking();
                List<Integer> compared = tracking == null ? List.of() : list(tracking.compared());
                List<Integer> summed = tracking == null ? List.of() : list(tracking.summed());
                Seen seen = new Seen(seenByPolicy.lost(), list(plan.rows()), compared, summed, new ArrayList<>(), plan);
                forwards.add(seen);
                if (tracking != null) {
                    plan.track(new Watched(tracking, seen, staleLayer));
                }
            }

            @Override
            public boolean owesForward(boolean stopped) {
                return refresh.owesForward(stopped);
            }

            @Override
            public boolean grown() {
                return refresh.grown();
            }

            @Override
            public boolean withdrawn() {
                return refresh.withdrawn();
            }
        };
    }

    private Forward losing(Forward forward) {
        boolean loses = lost.test(forwards.size());
        return new Forward(
                forward.length(),
                forward.promptLength(),
                forward.partStart(),
                forward.partEnd(),
                forward.masked(),
                forward.heldFrom(),
                forward.wanted(),
                forward.changed(),
                loses ? 0 : forward.borrowed(),
                forward.lost() || loses);
    }

    private static List<Integer> list(Positions positions) {
        return positions.stream().boxed().toList();
    }

    private record Watched(Tracking tracking, Seen seen, int staleLayer) implements Tracking {
        @Override
        public Along along() {
            return tracking.along();
        }

        @Override
        public Positions compared() {
            return tracking.compared();
        }

        @Override
        public Positions summed() {
            return tracking.summed();
        }

        @Override
        public boolean stale(int layer, float similarity) {
            seen.similarities().add(similarity);
            return tracking.stale(layer, similarity) || layer == staleLayer;
        }

        @Override
        public void attended(int layer, FloatBuffer columns) {
            tracking.attended(layer, columns);
        }
    }
}
