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
 * @param orderedShare share in which answers are learnt in an order, before any masked canvas
 * @param leftShare share of that part in which orders are left to right; behind it ever more are random, at its end all
 * @param drillShare share of batches that are single steps of arithmetic instead of problems, at the start; it falls to
 *     nothing at the end
 * @param openShare share of the masked canvases that are masked from some place of the answer on
 * @param tailWeight what an end token behind the first counts, against 1 for a token of the answer
 * @param ranges of the problems' numbers
 */
public record Recipe(
        long seed,
        int rows,
        double learningRate,
        int warmup,
        double weightDecay,
        double clip,
        double averageDecay,
        double orderedShare,
        double leftShare,
        double drillShare,
        double openShare,
        double tailWeight,
        Ranges ranges)
        implements Schedule {
    public Recipe {
        require(rows >= 64 && rows <= 1 << 24, "rows is " + rows, "it must be within [64, 16777216]");
        require(learningRate > 0 && learningRate <= 1, "learning rate is " + learningRate, "it must be within (0, 1]");
        require(warmup >= 1, "warm-up is " + warmup, "it must be at least 1 step");
        require(weightDecay >= 0 && weightDecay <= 10, "weight decay is " + weightDecay, "it must be within [0, 10]");
        require(clip > 0, "clip is " + clip, "it must be positive");
        require(averageDecay >= 0 && averageDecay < 1, "average is " + averageDecay, "it must be within [0, 1)");
        require(orderedShare >= 0 && orderedShare <= 1, "ordered share is " + orderedShare, "it must be within [0, 1]");
        require(leftShare >= 0 && leftShare < 1, "left share is " + leftShare, "it must be within [0, 1)");
        require(drillShare >= 0 && drillShare <= 1, "drill share is " + drillShare, "it must be within [0, 1]");
        require(openShare >= 0 && openShare <= 1, "open share is " + openShare, "it must be within [0, 1]");
        require(tailWeight >= 0 && tailWeight <= 1, "tail weight is " + tailWeight, "it must be within [0, 1]");
    }

    /** What trains the bundled starter. */
    public static Recipe starter() {
        return new Recipe(0, 2048, 3e-3, 100, 0.05, 1, 0.998, 0.5, 0.33, 0.4, 0.5, 0.1, Ranges.DEFAULT);
    }

    /** Whether answers are learnt in an order when a share of the run is done. */
    boolean ordered(double progress) {
        return progress < orderedShare;
    }

    /** Share of the orders that are random, while they are learnt. */
    double randomOrders(double progress) {
        double done = progress / orderedShare;
        return Math.max(0, (done - leftShare) / (1 - leftShare));
    }

    /** Share of the batches that are sums alone. */
    double drills(double progress) {
        return drillShare * (1 - progress);
    }

    private static void require(boolean holds, String value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(value + "; " + rule);
        }
    }
}
