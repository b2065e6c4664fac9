package dev.dllm4j.server.engine;

/** The engine takes no sequence now. */
public final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    /** Why not. */
    public enum Cause {
        /** All places are taken, also those to wait in. */
        FULL,
        /** The engine stops, or has stopped. */
        STOPPING
    }

    private final Cause why;
    private final int retrySeconds;

    /** @param retrySeconds when another try may fare better */
    Refused(Cause why, int retrySeconds) {
        super("the engine is " + (why == Cause.FULL ? "full" : "stopping"));
        this.why = why;
        this.retrySeconds = retrySeconds;
    }

    public Cause why() {
        return why;
    }

    public int retrySeconds() {
        return retrySeconds;
    }
}
