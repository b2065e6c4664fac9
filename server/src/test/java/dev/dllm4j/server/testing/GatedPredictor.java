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

    /** Forwards that were begun, the one at the gate included. */
    public int entered() {
        return entered.get();
    }

    @Override
    public ModelSpec spec() {
        return model.spec();
    }

    @Override
    public void predict(List<RowRequest> requests) {
        entered.incrementAndGet();
        permits.acquireUninterruptibly();
        model.predict(requests);
    }

    @Override
    public void close() {
        model.close();
    }
}
