package dev.dllm4j.decoder.testing;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.Tracking;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model that says what a script tells it to, so that a driver can be tested without weights. A position is predicted
 * where its row is computed; candidates and whole rows agree with the script.
 */
public final class ScriptedPredictor implements MaskPredictor {
    public static final int VOCABULARY = 16;
    public static final int CONTEXT = 64;
    public static final int END = 14;
    public static final int MASK = 15;

    private final ModelSpec spec;
    private final Script script;
    private final @Nullable Attention attention;
    private int forwards;

    /** What the model says of a position at its n-th forward, counted from 0 over all sequences. */
    public interface Script {
        Prediction at(int forward, int position);
    }

    /** What the model's attention is at its n-th forward, counted from 0, for a policy that tracks it. */
    public interface Attention {
        /** Mean cosine of the compared rows' attention behind a layer that reuses kept rows. */
        float similarity(int forward, int layer);

        /** What the summed rows attend to a position. */
        float column(int forward, int layer, int position);
    }

    /** A distribution over the vocabulary: best and second-best token, and the rest spread evenly. */
    public record Prediction(int token, float probability, int second, float secondProbability, float entropy) {
        private static final double LEAST = 1e-30;

        /**
         * The next token id is second best, with half of what is left.
         *
         * @param probability within [1/16, 1], or another token would be better
         */
        public static Prediction of(int token, double probability) {
            double second = Math.min(probability, (1 - probability) / 2);
            double rest = (1 - probability - second) / (VOCABULARY - 2);
            double entropy = surprise(probability) + surprise(second) + (VOCABULARY - 2) * surprise(rest);
            return new Prediction(token, (float) probability, (token + 1) % MASK, (float) second, (float) entropy);
        }

        /** The logarithm of a token's probability. */
        float logit(int other) {
            double rest = (1.0 - probability - secondProbability) / (VOCABULARY - 2);
            double share = other == token ? probability : other == second ? secondProbability : rest;
            return (float) Math.log(Math.max(share, LEAST));
        }

        /** The distribution without some tokens, normalised anew; second best is then the lowest of the even ones. */
        Prediction without(Set<Integer> forbidden) {
            double kept = 0;
            double entropy = 0;
            int best = -1;
            int next = -1;
            for (int other = 0; other < VOCABULARY; other++) {
                kept += forbidden.contains(other) ? 0 : Math.exp(logit(other));
            }
            for (int other = 0; other < VOCABULARY; other++) {
                if (forbidden.contains(other)) {
                    continue;
                }
                entropy += surprise(Math.exp(logit(other)) / kept);
                if (best < 0 || logit(other) > logit(best)) {
                    next = best;
                    best = other;
                } else if (next < 0 || logit(other) > logit(next)) {
                    next = other;
                }
            }
            return new Prediction(
                    best, (float) (Math.exp(logit(best)) / kept), next, (float) (Math.exp(logit(next)) / kept), (float)
                            entropy);
        }

        private static double surprise(double probability) {
            return -probability * Math.log(Math.max(probability, LEAST));
        }
    }

    public ScriptedPredictor(Script script) {
        this(Family.LLADA, script);
    }

    public ScriptedPredictor(Family family, Script script) {
        this(spec(family), script);
    }

    private ScriptedPredictor(ModelSpec spec, Script script) {
        this(spec, script, null);
    }

    private ScriptedPredictor(ModelSpec spec, Script script, @Nullable Attention attention) {
        this.spec = spec;
        this.script = script;
        this.attention = attention;
    }

    /** A model of several layers whose attention can be tracked. */
    public static ScriptedPredictor attending(Family family, int layers, Script script, Attention attention) {
        return new ScriptedPredictor(spec(family, layers, Set.of(END)), script, attention);
    }

    /** A model with rainbow padding: these ids fill the canvas behind {@link #END}. */
    public static ScriptedPredictor rainbow(Set<Integer> pads, Script script) {
        return new ScriptedPredictor(spec(Family.LLADA, pads), script);
    }

    /** A model of one layer with the constants above; end and padding are the same token. */
    public static ModelSpec spec(Family family) {
        return spec(family, Set.of(END));
    }

    private static ModelSpec spec(Family family, Set<Integer> pads) {
        return spec(family, 1, pads);
    }

    private static ModelSpec spec(Family family, int layers, Set<Integer> pads) {
        return family.spec(VOCABULARY, 4, layers, 2, 2, 2, 8, CONTEXT, 10_000, 1e-5, MASK, Set.of(END), pads);
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    /** Forwards made so far. */
    public int forwards() {
        return forwards;
    }

    @Override
    public void predict(List<RowRequest> requests) {
        for (RowRequest request : requests) {
            if (!request.cancelled().getAsBoolean()) {
                answer(request);
            }
        }
        forwards++;
    }

    @Override
    public void close() {}

    private void answer(RowRequest request) {
        Demand demand = request.demand();
        attend(request.plan(), request.canvas().length());
        boolean all = request.plan().refreshFrom() < spec.layers();
        Positions demanded = demand.positions();
        Predictions predictions = request.predictions();
        predictions.reset(demand, request.canvas().length());
        for (int slot = 0; slot < demanded.size(); slot++) {
            int position = demanded.get(slot);
            int predictor = spec.readout().predictorOf(position);
            if (all || request.rows().stream().anyMatch(row -> row == predictor)) {
                Prediction said = script.at(forwards, position);
                Set<Integer> forbidden = demand.forbidden();
                fill(predictions, slot, forbidden.isEmpty() ? said : said.without(forbidden), demand);
            }
        }
    }

    /** Tells the plan's tracking what it asked for, layer by layer. */
    private void attend(RowPlan plan, int length) {
        Tracking tracking = plan.tracking();
        if (tracking == null || attention == null) {
            return;
        }
        float[] columns = new float[length];
        for (int layer = 0; layer < spec.layers(); layer++) {
            boolean compares =
                    layer < plan.refreshFrom() && !tracking.compared().isEmpty();
            if (compares && tracking.stale(layer, attention.similarity(forwards, layer))) {
                plan.refreshFrom(layer + 1);
            }
            for (int position = 0; position < length; position++) {
                columns[position] = attention.column(forwards, layer, position);
            }
            tracking.attended(layer, FloatBuffer.wrap(columns));
        }
    }

    private static void fill(Predictions predictions, int slot, Prediction prediction, Demand demand) {
        predictions.fill(
                slot,
                prediction.token(),
                prediction.probability(),
                prediction.second(),
                prediction.secondProbability(),
                prediction.entropy(),
                0);
        for (int index = 0; index < demand.candidatesPerPosition(); index++) {
            int id = demand.candidate(slot, index);
            predictions.fillCandidate(slot, index, id == Demand.NO_CANDIDATE ? Float.NaN : prediction.logit(id));
        }
        if (demand.wantsFullRows()) {
            FloatBuffer row = FloatBuffer.allocate(VOCABULARY);
            for (int token = 0; token < VOCABULARY; token++) {
                row.put(token, prediction.logit(token));
            }
            demand.row(slot, row);
        }
    }
}
