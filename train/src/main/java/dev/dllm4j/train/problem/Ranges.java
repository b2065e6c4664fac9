package dev.dllm4j.train.problem;

import java.util.SplittableRandom;

/**
 * How large the numbers of problems are. Everything counted is at least 2, so that plurals are right.
 *
 * @param number largest number given in a question
 * @param factor largest factor and divisor
 * @param result largest result of a step
 */
public record Ranges(int number, int factor, int result) {
    public static final Ranges DEFAULT = new Ranges(50, 9, 99);

    /** Smaller ones leave some template without a single problem. */
    private static final int LEAST_NUMBER = 20;

    private static final int LEAST_FACTOR = 3;
    private static final int LEAST_RESULT = 20;
    private static final int SMALLEST = 2;

    public Ranges {
        require("number", number, LEAST_NUMBER);
        require("factor", factor, LEAST_FACTOR);
        require("result", result, LEAST_RESULT);
    }

    int drawNumber(SplittableRandom random) {
        return random.nextInt(SMALLEST, number + 1);
    }

    int drawFactor(SplittableRandom random) {
        return random.nextInt(SMALLEST, factor + 1);
    }

    boolean allows(int stepResult) {
        return stepResult >= SMALLEST && stepResult <= result;
    }

    private static void require(String name, int value, int least) {
        if (value < least || value > 9999) {
            throw new IllegalArgumentException(
                    "the largest " + name + " is " + value + "; it must be within [" + least + ", 9999]");
        }
    }
}
