package dev.dllm4j.server.engine;

import java.time.Duration;

/** The engine takes no sequence now. */
public final class Refused extends Exception {
    /** The longest that openai-java 4.101 waits, whatever it is told; OpenAI's other clients would wait for longer. */
    public static final Duration LONGEST_WAIT = Duration.ofSeconds(8);

    private static final long serialVersionUID = 1;

    /** Why not. */
    public enum Cause {
        /** All places are taken, also those to wait in. */
        FULL,
        /** The engine stops, or has stopped. */
        STOPPING,
        /** The engine failed too often and stays stopped. */
        FAILED
    }

    private final Cause why;
    private final int retrySeconds;

    /** @param retrySeconds when a place may be free; 0 where there will be none */
    Refused(Cause why, int retrySeconds) {
        super(
                switch (why) {
                    case FULL -> "the engine is full";
                    case STOPPING -> "the engine is stopping";
                    case FAILED -> "the engine has failed";
                });
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
