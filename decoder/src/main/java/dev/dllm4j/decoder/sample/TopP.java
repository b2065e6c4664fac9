package dev.dllm4j.decoder.sample;

import dev.dllm4j.decoder.canvas.Ranking;

/**
 * The last token of the smallest set of best tokens whose probability exceeds p, at least one. The row is sorted into
 * buckets of similar logits, and only the bucket in which p is crossed is put in order. Where roundings could decide,
 * exact weights are added up in the order of the whole ranking. Reused, confined to one thread.
 */
final class TopP {
    private static final int BUCKETS = 4096;

    private final double topP;
    private final double temperature;
    private final Ranking ranking = new Ranking();
    private final double[] masses = new double[BUCKETS];
    private float logit;
    private int token;

    TopP(double topP, double temperature) {
        this.topP = topP;
        this.temperature = temperature;
    }

    /** Finds the last token of a row that stays: {@link #logit} and {@link #token}. */
    void fit(float[] row, float best, Weights weights) {
        if (!fitBucket(row, best, weights)) {
            fitRanking(row, best, weights);
        }
    }

    /** The least logit that stays. */
    float logit() {
        return logit;
    }

    /** The last token that stays of those with that logit. */
    int token() {
        return token;
    }

    /** Says whether the cut is certain. */
    private boolean fitBucket(float[] row, float best, Weights weights) {
        // The set ends before tokens that weigh less than 1 - p together; the total is 1 at least.
        double perLogit = BUCKETS / (temperature * Math.min(-Exponential.LEAST, Math.log(row.length / (1 - topP))));
        weights.fit(row, best);
        weights.addTo(masses, row, best, perLogit);
        double wanted = topP * weights.total();
        double before = 0;
        int crossed = 0;
        while (crossed < BUCKETS && before + masses[crossed] <= wanted) {
            before += masses[crossed++];
        }
        rank(row, best, perLogit, crossed);
        double error = 4 * weights.error() * weights.total();
        for (int rank = 0; rank < ranking.size(); rank++) {
            double mass = before + weights.of(ranking.id(rank));
            if (mass > wanted) {
                logit = ranking.score(rank);
                token = ranking.id(rank);
                boolean first = crossed == 0 && rank == 0;
                return mass > wanted + error && (first || before <= wanted - error);
            }
            before = mass;
        }
        return false;
    }

    /** Puts the tokens of a bucket in order. */
    private void rank(float[] row, double best, double perLogit, int bucket) {
        // A little wider than the bucket, and cheaper to compare with.
        double middle = best - (bucket + 0.5) / perLogit;
        double reach = 0.51 / perLogit;
        ranking.clear();
        for (int other = 0; other < row.length; other++) {
            float score = row[other];
            if (Math.abs(score - middle) <= reach && (int) ((best - score) * perLogit) == bucket) {
                ranking.add(other, score);
            }
        }
        ranking.sort();
    }

    private void fitRanking(float[] row, float best, Weights weights) {
        double total = 0;
        for (float other : row) {
            total += weights.exact(other);
        }
        // Tokens below (1 - p) / vocab of the total weigh less than 1 - p together: the set ends before them.
        double least = best + temperature * Math.log((1 - topP) * total / row.length);
        ranking.clear();
        for (int other = 0; other < row.length; other++) {
            if (row[other] >= least) {
                ranking.add(other, row[other]);
            }
        }
        ranking.sort();
        int last = 0;
        double mass = weights.exact(ranking.score(0));
        while (mass <= topP * total && last < ranking.size() - 1) {
            last++;
            mass += weights.exact(ranking.score(last));
        }
        logit = ranking.score(last);
        token = ranking.id(last);
    }
}
