package dev.dllm4j.server.clients;

/** A client of OpenAI's interface as its users call it, with the same question, also for the canvas where it streams. */
interface Caller {
    /** Ways to ask. */
    enum Way {
        /** An answer in one piece. */
        ASK,
        /** An answer in pieces, put together by the user's own loop. */
        STREAM,
        /** An answer in pieces, put together by the client. */
        HELPER
    }

    /**
     * What came of it.
     *
     * @param text that reached the user, also before an error
     * @param steps of a canvas that the user saw
     * @param error simple name of what was thrown; empty for a good end
     * @param code of OpenAI's error object
     */
    record Outcome(String text, int steps, String error, String code, String message) {}

    /** Skips the test where the client is absent; to be called in the test's own thread. */
    default void requireThere() {}

    /**
     * Asks and waits.
     *
     * @param url of the server
     * @param retries that the client may make by itself
     */
    Outcome call(Way way, String url, int retries);
}
