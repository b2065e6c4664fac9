package dev.dllm4j.train.run;

import dev.dllm4j.train.problem.Ranges;

/**
 * How a model is trained. Shares are of the whole run.
 *
 * @param seed the same one gives the same run
 * @param rows positions of a batch, about; long canvases leave room for fewer samples
 * @param learningRate its peak
 * @param warmup steps until the peak
 * @param weightDecay of matrices, per step and unit of learning rate
 * @param clip largest norm of all gradients together
 * @param averageDecay of the weights' moving average, which is what a run delivers
 * @param causalShare share in which the next token is learnt, before any mask
 * @param drillShare share of batches that are single steps of arithmetic instead of problems
 * @param growthShare share until which the problems' numbers grow
 * @param complementary whether every sample comes twice, each mask where the other has none
 * @param tailWeight what an end token behind the first counts, against 1 for a token of the answer
 * @param ranges of the problems' numbers at the end
 */
public record Recipe(
        long seed,
        int rows,
        double learningRate,
        int warmup,
        double weightDecay,
        double clip,
        double averageDecay,
        double causalShare,
        double drillShare,
        double growthShare,
        boolean complementary,
        double tailWeight,
        Ranges ranges) {
    /** The learning rate ends at this share of its peak. */
    private static final double FLOOR = 0.05;

    public Recipe {
        require(rows >= 64 && rows <= 1 << 24, "rows is " + rows, "it must be within [64, 16777216]");
        require(learningRate > 0 && learningRate <= 1, "learning rate is " + learningRate, "it must be within (0, 1]");
        require(warmup >= 1, "warm-up is " + warmup, "it must be at least 1 step");
        require(weightDecay >= 0 && weightDecay <= 10, "weight decay is " + weightDecay, "it must be within [0, 10]");
        require(clip > 0, "clip is " + clip, "it must be positive");
        require(averageDecay >= 0 && averageDecay < 1, "average is " + averageDecay, "it must be within [0, 1)");
        require(causalShare >= 0 && causalShare <= 1, "causal share is " + causalShare, "it must be within [0, 1]");
        require(drillShare >= 0 && drillShare <= 1, "drill share is " + drillShare, "it must be within [0, 1]");
        require(growthShare >= 0 && growthShare <= 1, "growth share is " + growthShare, "it must be within [0, 1]");
        require(tailWeight >= 0 && tailWeight <= 1, "tail weight is " + tailWeight, "it must be within [0, 1]");
    }

    /** What trains the bundled starter. */
    public static Recipe starter() {
        return new Recipe(0, 4096, 2e-3, 200, 0.05, 1, 0.999, 0, 0, 0, false, 0.1, Ranges.DEFAULT);
    }

    /** The learning rate of a step, counted from 0, when a share of the run is done. */
    double learningRate(long step, double progress) {
        double rise = Math.min(1, (step + 1.0) / warmup);
        double fall = FLOOR + (1 - FLOOR) * (1 + Math.cos(Math.PI * progress)) / 2;
        return learningRate * rise * fall;
    }

    /** The moving average's decay, smaller while there is little to average over. */
    double averageDecay(long step) {
        return Math.min(averageDecay, (1.0 + step) / (10.0 + step));
    }

    /** The problems' numbers when a share of the run is done. */
    Ranges ranges(double progress) {
        return growthShare == 0 ? ranges : ranges.grown(progress / growthShare);
    }

    boolean causal(double progress) {
        return progress < causalShare;
    }

    private static void require(boolean holds, String value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(value + "; " + rule);
        }
    }
}
