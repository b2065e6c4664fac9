package dev.dllm4j.train.adapt;

import dev.dllm4j.train.model.Lora;
import dev.dllm4j.train.run.Schedule;
import java.util.List;

/**
 * How adapters are trained.
 *
 * @param seed the same one gives the same run
 * @param rows positions of a batch, about
 * @param learningRate its peak
 * @param warmup steps until the peak
 * @param weightDecay of the adapters' matrices, per step and unit of learning rate
 * @param clip largest norm of all gradients together
 * @param rank of an adapter
 * @param alpha an adapter's product counts alpha / rank
 * @param targets matrices of a layer that get an adapter, by LLaDA's names
 */
public record Adaptation(
        long seed,
        int rows,
        double learningRate,
        int warmup,
        double weightDecay,
        double clip,
        int rank,
        double alpha,
        List<String> targets)
        implements Schedule {
    private static final double AVERAGE = 0.99;

    public Adaptation {
        targets = List.copyOf(targets);
        require(rows >= 64 && rows <= 1 << 24, "rows is " + rows, "it must be within [64, 16777216]");
        require(learningRate > 0 && learningRate <= 1, "learning rate is " + learningRate, "it must be within (0, 1]");
        require(warmup >= 1, "warm-up is " + warmup, "it must be at least 1 step");
        require(weightDecay >= 0 && weightDecay <= 10, "weight decay is " + weightDecay, "it must be within [0, 10]");
        require(clip > 0, "clip is " + clip, "it must be positive");
        require(rank >= 1 && rank <= 1 << 16, "rank is " + rank, "it must be within [1, 65536]");
        require(alpha > 0 && Double.isFinite(alpha), "alpha is " + alpha, "it must be a positive number");
        require(!targets.isEmpty(), "targets is []", "name some of " + Lora.TARGETS);
        for (String target : targets) {
            require(
                    Lora.TARGETS.contains(target),
                    "target " + target + " matches nothing in a LLaDA layer",
                    "it has " + Lora.TARGETS);
        }
        require(
                targets.stream().distinct().count() == targets.size(),
                "targets is " + targets,
                "name each of them once");
    }

    /** What a run that goes on must have in common with the one before. */
    String identity() {
        return "rank " + rank + ", alpha " + alpha + ", targets " + targets + ", seed " + seed;
    }

    double scale() {
        return alpha / rank;
    }

    @Override
    public double averageDecay() {
        return AVERAGE;
    }

    private static void require(boolean holds, String value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(value + "; " + rule);
        }
    }
}
