package dev.dllm4j.decoder.model;

/** The part of a layer after attention. */
public sealed interface FeedForward {
    /** A model's inner width is at most this, a multiple of that of any known, so that products stay numbers. */
    int MOST_WIDTH = 1 << 20;

    /** Inner width of what one row runs through, for the memory that it takes. */
    int width();

    /** Whether rows of a layer choose experts. */
    boolean routes(int layer);

    /** Two projections side by side, of which one goes through the activation and scales the other. */
    record Gated(int width, Activation activation) implements FeedForward {
        public Gated {
            requireWidth("feedForward", width, 1);
        }

        @Override
        public boolean routes(int layer) {
            return false;
        }

        @Override
        public String toString() {
            return "ffn " + width;
        }
    }

    /**
     * Gated parts of which each row runs through those that its router chooses, each with {@link Activation#SILU}.
     *
     * @param count experts of a layer
     * @param active experts that a row runs through
     * @param expertWidth inner width of an expert
     * @param sharedWidth inner width of a part that every row runs through besides, unscaled; 0 where there is none
     * @param denseLayers leading layers that have one gated part in place of experts
     * @param denseWidth inner width of that part; 0 where there are no such layers
     */
    record Experts(
            int count, int active, int expertWidth, int sharedWidth, int denseLayers, int denseWidth, Router router)
            implements FeedForward {
        /** A multiple of that of any model known. */
        private static final int MOST_EXPERTS = 4096;

        public Experts {
            if (count < 1 || count > MOST_EXPERTS) {
                throw new IllegalArgumentException(
                        "a layer has " + count + " experts; it must have at least 1 and at most " + MOST_EXPERTS);
            }
            if (active < 1 || active > count) {
                throw new IllegalArgumentException("a row runs through " + active + " of " + count
                        + " experts; it must be at least 1 and at most all");
            }
            requireWidth("expertWidth", expertWidth, 1);
            requireWidth("sharedWidth", sharedWidth, 0);
            requireWidth("active experts times their width", (long) active * expertWidth, 1);
            if (denseLayers < 0) {
                throw new IllegalArgumentException("denseLayers is " + denseLayers + "; it must be at least 0");
            }
            requireWidth("denseWidth", denseWidth, denseLayers == 0 ? 0 : 1);
            if (router instanceof Router.Sigmoid sigmoid) {
                requireGroups(count, active, sigmoid);
            }
        }

        @Override
        public int width() {
            return Math.max(active * expertWidth + sharedWidth, denseWidth);
        }

        @Override
        public boolean routes(int layer) {
            return layer >= denseLayers;
        }

        @Override
        public String toString() {
            return count + " experts of ffn " + expertWidth + ", " + active + " active"
                    + (sharedWidth == 0 ? "" : ", shared ffn " + sharedWidth);
        }

        private static void requireGroups(int count, int active, Router.Sigmoid router) {
            if (count % router.groups() != 0 || count / router.groups() < 2) {
                throw new IllegalArgumentException("the router has " + router.groups() + " groups of " + count
                        + " experts; they must be equal and have at least two each");
            }
            int kept = count / router.groups() * router.keptGroups();
            if (active > kept) {
                throw new IllegalArgumentException("a row runs through " + active
                        + " experts, and the groups kept have " + kept + "; it must be at most those");
            }
        }
    }

    /** What the gate goes through. */
    enum Activation {
        /** x · sigmoid(x). */
        SILU,
        /** x · Φ(x), by the error function. */
        GELU
    }

    private static void requireWidth(String name, long width, int least) {
        if (width < least || width > MOST_WIDTH) {
            throw new IllegalArgumentException(
                    name + " is " + width + "; it must be at least " + least + " and at most " + MOST_WIDTH);
        }
    }
}
