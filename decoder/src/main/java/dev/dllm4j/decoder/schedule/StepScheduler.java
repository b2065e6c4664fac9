package dev.dllm4j.decoder.schedule;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.RowRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Steps the decodings that have joined, all in one forward. Between two steps any may join or leave; none waits for
 * another's block or length, and each gets the answer it would get alone.
 *
 * <p>Confined to one thread, but for {@link Decoding#cancel}.
 */
public final class StepScheduler {
    private final MaskPredictor model;
    private final List<Decoding> active = new ArrayList<>();

    /** @param model the one that all decodings were started on */
    public StepScheduler(MaskPredictor model) {
        this.model = model;
    }

    /** Takes a decoding into the coming steps. */
    public void join(Decoding decoding) {
        if (active.contains(decoding)) {
            throw new IllegalStateException("the decoding has joined already");
        }
        if (!decoding.done()) {
            active.add(decoding);
        }
    }

    /** Leaves a decoding out of the coming steps; it may join again and goes on where it stood. */
    public void leave(Decoding decoding) {
        active.remove(decoding);
    }

    /** Decodings of the coming step, in the order they joined. */
    public List<Decoding> active() {
        return List.copyOf(active);
    }

    /**
     * One forward for all, and each one's commits.
     *
     * @throws dev.dllm4j.decoder.model.ModelException if the forward itself fails; every decoding is closed then
     */
    public List<Outcome> step() {
        active.removeIf(Decoding::done);
        try {
            predict();
            return accept();
        } catch (RuntimeException | Error e) {
            active.forEach(Decoding::close);
            throw e;
        }
    }

    private List<Outcome> accept() {
        List<Outcome> outcomes = new ArrayList<>(active.size());
        for (Decoding decoding : active) {
            outcomes.add(accept(decoding));
        }
        for (Outcome outcome : outcomes) {
            if (outcome instanceof Outcome.Failed || outcome.decoding().done()) {
                active.remove(outcome.decoding());
            }
        }
        return outcomes;
    }

    private void predict() {
        List<RowRequest> requests = new ArrayList<>(active.size());
        for (Decoding decoding : active) {
            requests.add(decoding.request());
        }
        if (!requests.isEmpty()) {
            model.predict(requests);
        }
    }

    private static Outcome accept(Decoding decoding) {
        try {
            return new Outcome.Advanced(decoding, decoding.accept());
        } catch (IllegalStateException | IllegalArgumentException e) {
            return new Outcome.Failed(decoding, e);
        }
    }
}
