package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.Forward;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.cache.Tracking;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * The elastic cache at its usual work, but for what it decides: the last half of the layers computes every row as often
 * as it takes for a given share of all layers in all forwards behind the first.
 *
 * @param share within [0, 0.5]
 */
record ScriptedRefreshes(ElasticCache policy, double share) implements RefreshPolicy {
    @Override
    public Keeps keeps() {
        return policy.keeps();
    }

    @Override
    public Refresh start(SequenceShape shape) {
        return new Scripted(policy.start(shape), shape.layers(), share);
    }

    private static final class Scripted implements Refresh {
        private static final int NOWHERE = -1;

        private final Refresh refresh;
        private final int layers;
        private final double share;
        private boolean begun;
        private double owed;

        Scripted(Refresh refresh, int layers, double share) {
            this.refresh = refresh;
            this.layers = layers;
            this.share = share;
        }

        @Override
        public void plan(Forward forward, RowPlan plan) {
            refresh.plan(forward, plan);
            int half = layers / 2;
            int trigger = NOWHERE;
            owed += begun ? share * layers : 0;
            begun = true;
            if (owed >= half) {
                owed -= half;
                trigger = layers - half - 1;
            }
            plan.track(new Told(Objects.requireNonNull(plan.tracking()), trigger));
        }
    }

    private record Told(Tracking tracking, int trigger) implements Tracking {
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
            return layer == trigger;
        }

        @Override
        public void attended(int layer, FloatBuffer columns) {
            tracking.attended(layer, columns);
        }
    }
}
