package dev.dllm4j.server.engine;

/** Why the engine let go of a sequence. */
public sealed interface End {
    /** It is done, or its watcher has all it wanted. */
    record Done() implements End {}

    /** Somebody or something wanted no more of it. */
    record Cancelled(Reason reason) implements End {}

    /** The model or the sequence's own rules failed. */
    record Failed(Throwable cause) implements End {}

    /** What a sequence is cancelled for. */
    enum Reason {
        /** The client closed its connection. */
        CLIENT_GONE,
        /** The client did not read what it was sent. */
        SLOW_READER,
        /** It waited in the queue for longer than allowed. */
        WAITED_TOO_LONG,
        /** It ran for longer than allowed. */
        RAN_TOO_LONG,
        /** Another choice of its request ended without a text, and with it the request. */
        SIBLING_FAILED,
        /** The engine failed, and not through this sequence alone. */
        ENGINE_FAILED,
        /** The server stops. */
        STOPPING
    }
}
