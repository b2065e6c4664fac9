package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoding;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A sequence in an engine's care. Any thread may use it. */
public final class Ticket {
    private final Places places;
    private final Decoding decoding;
    private final Watcher watcher;
    private final long submittedNanos;
    private final AtomicReference<End.@Nullable Reason> reason = new AtomicReference<>();
    private volatile boolean paused;
    private volatile long startedNanos;

    Ticket(Places places, Decoding decoding, Watcher watcher, long submittedNanos) {
        this.places = places;
        this.decoding = decoding;
        this.watcher = watcher;
        this.submittedNanos = submittedNanos;
    }

    /** Ends the sequence: where it is in a forward between two layers, else before the next. The first reason counts. */
    public void cancel(End.Reason why) {
        if (reason.compareAndSet(null, why)) {
            decoding.cancel();
            places.wake();
        }
    }

    /** Leaves the sequence out of the coming steps; it keeps its place. */
    public void pause() {
        paused = true;
    }

    /** Takes it in again. */
    public void resume() {
        paused = false;
        places.wake();
    }

    Decoding decoding() {
        return decoding;
    }

    Watcher watcher() {
        return watcher;
    }

    boolean paused() {
        return paused;
    }

    End.@Nullable Reason reason() {
        return reason.get();
    }

    void start(long nanos) {
        startedNanos = nanos;
    }

    long waitedNanos(long now) {
        return now - submittedNanos;
    }

    long ranNanos(long now) {
        return now - startedNanos;
    }
}
