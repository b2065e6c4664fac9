package dev.dllm4j.train.run;

import java.util.SplittableRandom;

/** Lengths of generation areas to train on: mostly short ones, because long ones cost, up to 512. */
public final class Canvases {
    public static final int LONGEST = 512;

    private static final int[] LENGTHS = {48, 64, 96, 128, 256, LONGEST};
    /** Of a hundred batches. */
    private static final int[] SHARES = {40, 25, 15, 12, 5, 3};

    private Canvases() {}

    /** Draws a length. */
    public static int draw(SplittableRandom random) {
        int ticket = random.nextInt(100);
        int choice = 0;
        while (ticket >= SHARES[choice]) {
            ticket -= SHARES[choice];
            choice++;
        }
        return LENGTHS[choice];
    }
}
