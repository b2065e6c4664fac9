package dev.dllm4j.decoder.unmask;

/**
 * The share of a diffusion's tokens that are no mask, by time from 0 to 1, and what a sampler plans by it: of the masks
 * left when time falls from t to s the part 1 − (1 − α(s)) / (1 − α(t)), rounded half to even (dllm
 * {@code core/schedulers/alpha.py}, {@code core/samplers/utils.py}). In float32 and in the original's order of operations,
 * because a half can hang on a float's last bit.
 */
public enum Alpha {
    /** 1 − t. */
    LINEAR,
    /** 1 − cos(π / 2 · (1 − t)). */
    COSINE;

    float at(float time) {
        return switch (this) {
            case LINEAR -> 1 - time;
            case COSINE -> 1 - (float) Math.cos((float) (Math.PI / 2) * (1 - time));
        };
    }

    /**
     * Tokens due at a step.
     *
     * @param masks left
     * @param step 0-based; the last one takes all that are left
     */
    int due(int masks, int step, int steps) {
        float before = 1 - at((float) ((double) (steps - step) / steps));
        float after = 1 - at((float) ((double) (steps - 1 - step) / steps));
        return (int) Math.min(Math.rint(masks * (1.0 - after / before)), masks);
    }
}
