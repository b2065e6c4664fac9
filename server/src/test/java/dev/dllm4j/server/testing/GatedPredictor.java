package dev.dllm4j.server.testing;

import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A model whose forwards wait to be let through, so that a test decides how far an answer is. */
public final class GatedPredictor implements MaskPredictor {
    private static final int MANY = 1_000_000;

    private final MaskPredictor model;
    private final Semaphore permits = new Semaphore(0);
    private final AtomicInteger entered = new AtomicInteger();
    private volatile List<RowRequest> latest = List.of();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile int last = Integer.MAX_VALUE;

    public GatedPredictor(MaskPredictor model) {
        this.model = model;
    }

    /** Lets so many forwards through. */
    public void let(int forwards) {
        permits.release(forwards);
    }

    /** Lets every forward through. */
    public void open() {
        permits.release(MANY);
    }

    /** Lets so many forwards through and no more, whatever was let before. */
    public void only(int forwards) {
        permits.drainPermits();
        permits.release(forwards);
    }

    /** Lets so many forwards through; every later one fails. */
    public void failAfter(int forwards) {
        last = entered.get() - waiting.get() + forwards;
        open();
    }

    /** Forwards that were begun, the one at the gate included. */
    public int entered() {
        return entered.get();
    }

    /** Forwards that wait to be let through: 0 or 1. */
    public int atTheGate() {
        return waiting.get();
    }

    /** Sequences in the forward that was begun last. */
    public int asked() {
        return latest.size();
    }

    /** Sequences in the forward that was begun last and are not cancelled by now. */
    public int sequences() {
        return (int) latest.stream()
                .filter(request -> !request.cancelled().getAsBoolean())
                .count();
    }

    @Override
    public ModelSpec spec() {
        return model.spec();
    }

    @Override
    public void predict(List<RowRequest> requests) {
        latest = List.copyOf(requests);
        int number = entered.incrementAndGet();
        waiting.incrementAndGet();
        permits.acquireUninterruptibly();
        waiting.decrementAndGet();
        if (number > last) {
            throw new IllegalStateException("the model is broken");
        }
        model.predict(requests);
    }

    @Override
    public void close() {
        model.close();
    }
}
