package dev.dllm4j.decoder.unmask;

/**
 * The frame a decoding runs in, fixed at its start.
 *
 * @param genLength positions to decode
 * @param parts stretches they are filled in, one after the other
 * @param steps forwards that a fixed schedule spreads over all parts
 */
public record Plan(int genLength, int parts, int steps) {
    /** For each position to decode. */
    private static final int MOST_GRID_STEPS = 8;

    public Plan {
        if (genLength < 1) {
            throw new IllegalArgumentException("gen length is " + genLength + "; it must be at least 1");
        }
        if (steps < 1) {
            throw new IllegalArgumentException("steps is " + steps + "; it must be at least 1");
        }
    }

    /** Positions of one part. */
    public int partLength() {
        return genLength / parts;
    }

    /** Forwards of one part, of a schedule that commits at least one token at each. */
    public int stepsPerPart() {
        return stepsPerPart(1, "a step commits at least one token");
    }

    /** Forwards of one part, of a schedule some of whose steps are empty. */
    public int gridStepsPerPart() {
        return stepsPerPart(MOST_GRID_STEPS, "almost all of them would commit nothing");
    }

    private int stepsPerPart(int mostPerPosition, String reason) {
        if (steps % parts != 0) {
            throw new IllegalArgumentException("steps is " + steps + " for " + parts
                    + " blocks; they must divide evenly, e.g. steps " + Math.max(1, steps / parts) * parts);
        }
        long most = (long) mostPerPosition * genLength;
        if (steps > most) {
            throw new IllegalArgumentException("steps is " + steps + " for gen length " + genLength + "; " + reason
                    + ", so use steps " + most + " or fewer");
        }
        return steps / parts;
    }
}
