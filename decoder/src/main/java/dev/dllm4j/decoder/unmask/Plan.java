package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.canvas.Window;

/**
 * The frame a decoding runs in, fixed before its prompt is known.
 *
 * @param genLength positions to decode
 * @param parts stretches they are filled in, one after the other; the most that there can be
 * @param partLength positions of a whole part; the first and the last may be shorter
 * @param steps forwards that a fixed schedule spreads over all parts
 */
public record Plan(int genLength, int parts, int partLength, int steps) {
    /** For each position to decode, of a schedule some of whose steps are empty. */
    private static final int MOST_GRID_STEPS = 8;

    /** For each position to decode, of a schedule whose empty steps cost no forward. */
    private static final int MOST_DROPPED_STEPS = 1000;

    public Plan {
        if (genLength < 1) {
            throw new IllegalArgumentException("gen length is " + genLength + "; it must be at least 1");
        }
        if (steps < 1) {
            throw new IllegalArgumentException("steps is " + steps + "; it must be at least 1");
        }
    }

    /** Parts of the same length. */
    public Plan(int genLength, int parts, int steps) {
        this(genLength, parts, genLength / parts, steps);
    }

    /** The frame that a window makes. */
    public static Plan of(Window window, int genLength, int steps) {
        return new Plan(genLength, window.parts(genLength), window.partLength(genLength), steps);
    }

    /** Most positions that a part can have. */
    public int longestPart() {
        return Math.min(partLength, genLength);
    }

    /**
     * Forwards of a whole part, of a schedule that commits at least one token at each. A shorter part takes as many, or
     * one for each of its masks where that is less.
     */
    public int stepsPerPart() {
        return evenSteps(1, "a step commits at least one token");
    }

    /** Forwards of one part, of a schedule some of whose steps are empty. */
    public int gridStepsPerPart() {
        return evenSteps(MOST_GRID_STEPS, "almost all of them would commit nothing");
    }

    /** Steps of one part, rounded up, of a schedule that makes no forward of an empty one. */
    public int droppedStepsPerPart() {
        requireAtMost(MOST_DROPPED_STEPS, "almost all of them would be empty");
        long blocks = (genLength + longestPart() - 1L) / longestPart();
        return (int) ((steps + blocks - 1) / blocks);
    }

    private int evenSteps(int mostPerPosition, String reason) {
        long share = (long) steps * longestPart();
        if (share % genLength != 0) {
            int least = genLength / commonDivisor(genLength, longestPart());
            String frame = genLength % longestPart() == 0
                    ? genLength / longestPart() + " blocks; they must divide evenly"
                    : "gen length " + genLength + " in blocks of " + partLength
                            + "; a whole block must get a whole number of them";
            throw new IllegalArgumentException(
                    "steps is " + steps + " for " + frame + ", e.g. steps " + Math.max(1, steps / least) * least);
        }
        requireAtMost(mostPerPosition, reason);
        return (int) (share / genLength);
    }

    private static int commonDivisor(int larger, int smaller) {
        return smaller == 0 ? larger : commonDivisor(smaller, larger % smaller);
    }

    private void requireAtMost(int perPosition, String reason) {
        long most = (long) perPosition * genLength;
        if (steps > most) {
            throw new IllegalArgumentException("steps is " + steps + " for gen length " + genLength + "; " + reason
                    + ", so use steps " + most + " or fewer");
        }
    }
}
