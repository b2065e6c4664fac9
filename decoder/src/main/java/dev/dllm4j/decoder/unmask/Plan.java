package dev.dllm4j.decoder.unmask;

/**
 * The frame a decoding runs in, fixed at its start.
 *
 * @param genLength positions to decode
 * @param parts stretches they are filled in, one after the other
 * @param steps forwards that a fixed schedule spreads over all parts
 */
public record Plan(int genLength, int parts, int steps) {
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

    /** Forwards of one part. */
    public int stepsPerPart() {
        if (steps % parts != 0) {
            throw new IllegalArgumentException("steps is " + steps + " for " + parts
                    + " blocks; they must divide evenly, e.g. steps " + Math.max(1, steps / parts) * parts);
        }
        if (steps > genLength) {
            throw new IllegalArgumentException("steps is " + steps + " for gen length " + genLength
                    + "; a step commits at least one token, so use steps " + genLength + " or fewer");
        }
        return steps / parts;
    }
}
