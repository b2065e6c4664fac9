package dev.dllm4j.decoder.schedule;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
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
    private static final String NO_DECODING = "decoding is null; give one that was started on the model";

    private final MaskPredictor model;
    private final List<Decoding> active = new ArrayList<>();

    /** @param model the one that all decodings were started on */
    public StepScheduler(MaskPredictor model) {
        this.model = requireNonNull(model, "model is null; give the one that the decodings were started on");
    }

    /** Takes a decoding into the coming steps. */
    public void join(Decoding decoding) {
        requireNonNull(decoding, NO_DECODING);
        if (active.contains(decoding)) {
            throw new IllegalStateException("the decoding has joined already");
        }
        if (!decoding.done()) {
            active.add(decoding);
        }
    }

    /** Leaves a decoding out of the coming steps; it may join again and goes on where it stood. */
    public void leave(Decoding decoding) {
        active.remove(requireNonNull(decoding, NO_DECODING));
    }

    /** Decodings of the coming step, in the order they joined. */
    public List<Decoding> active() {
        return List.copyOf(active);
    }

    /**
     * One forward for all, and each one's commits. A decoding that fails ends alone: where the forward itself fails,
     * every one of its decodings makes its step by itself, from rows computed anew, so that only those fail that would
     * have failed alone. That holds for errors, too: where memory is short, one that asks for less still gets it.
     */
    public List<Outcome> step() {
        active.removeIf(Decoding::done);
        List<Outcome> outcomes = new ArrayList<>(active.size());
        List<Decoding> asked = new ArrayList<>(active.size());
        List<RowRequest> requests = new ArrayList<>(active.size());
        for (Decoding decoding : active) {
            try {
                requests.add(decoding.request());
                asked.add(decoding);
            } catch (RuntimeException | Error e) {
                outcomes.add(failed(decoding, e));
            }
        }
        outcomes.addAll(answer(asked, requests));
        for (Outcome outcome : outcomes) {
            if (outcome instanceof Outcome.Failed || outcome.decoding().done()) {
                active.remove(outcome.decoding());
            }
        }
        return outcomes;
    }

    private List<Outcome> answer(List<Decoding> asked, List<RowRequest> requests) {
        if (asked.isEmpty()) {
            return List.of();
        }
        try {
            model.predict(requests);
        } catch (RuntimeException | Error e) {
            return asked.size() == 1
                    ? List.of(failed(asked.get(0), e))
                    : asked.stream().map(this::stepAlone).toList();
        }
        return asked.stream().map(StepScheduler::accept).toList();
    }

    private Outcome stepAlone(Decoding decoding) {
        try {
            decoding.withdraw();
            model.predict(List.of(decoding.request()));
            return accept(decoding);
        } catch (RuntimeException | Error e) {
            return failed(decoding, e);
        }
    }

    private static Outcome accept(Decoding decoding) {
        try {
            return new Outcome.Advanced(decoding, decoding.accept());
        } catch (RuntimeException | Error e) {
            return failed(decoding, e);
        }
    }

    private static Outcome failed(Decoding decoding, Throwable cause) {
        decoding.close();
        return new Outcome.Failed(
                decoding,
                cause instanceof RuntimeException exception
                        ? exception
                        : new ModelException("the sequence ended with an error of the machine: " + cause, cause));
    }
}
