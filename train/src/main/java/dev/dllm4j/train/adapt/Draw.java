package dev.dllm4j.train.adapt;

import dev.dllm4j.train.problem.Ranges;
import dev.dllm4j.train.run.Example;
import dev.dllm4j.train.run.Examples;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/** Draws the examples of a batch. */
final class Draw {
    private Draw() {}

    /** A step's own source of chance. */
    static SplittableRandom random(long seed, long step) {
        return new SplittableRandom(new SplittableRandom(seed).nextLong() + step);
    }

    /**
     * As many as fit the rows of a batch in which all samples are as long as the longest; at least one.
     *
     * @param length positions that an example takes
     */
    static List<Example> batch(Examples source, int rows, ToIntFunction<Example> length, SplittableRandom random) {
        List<Example> batch = new ArrayList<>();
        int longest = 0;
        while (true) {
            Example example = source.draw(Ranges.DEFAULT, random);
            longest = Math.max(longest, length.applyAsInt(example));
            if (!batch.isEmpty() && (batch.size() + 1L) * longest > rows) {
                return batch;
            }
            batch.add(example);
        }
    }
}
