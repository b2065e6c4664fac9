package dev.dllm4j.train.run;

/**
 * When a run ends, with what went before a resumption counted in.
 *
 * @param steps after so many; 0 means that time decides
 * @param minutes after so many, at the end of a step; 0 means that steps decide
 */
public record Budget(long steps, double minutes) {
    public Budget {
        if ((steps > 0) == (minutes > 0) || steps < 0 || !(minutes >= 0) || minutes > 1e6) {
            throw new IllegalArgumentException("steps is " + steps + " and minutes is " + minutes
                    + "; one of them must be positive, give --steps or --minutes");
        }
    }

    /** Share of the run that is done, at most 1. */
    public double progress(long stepsDone, double secondsDone) {
        double share = steps > 0 ? (double) stepsDone / steps : secondsDone / (60 * minutes);
        return Math.min(1, share);
    }
}
