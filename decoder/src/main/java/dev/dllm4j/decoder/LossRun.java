package dev.dllm4j.decoder;

import dev.dllm4j.decoder.convert.WeightLoss;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Two models answer the same prompts in step: each decodes on its own, and at every second step, the first among them, the
 * converted one's canvases go through both. Each model makes one forward a step. Confined to one thread.
 */
final class LossRun {
    private static final int EVERY = 2;

    private final CheckedModel reference;
    private final CheckedModel converted;
    private final RowDivergence divergence;
    private long tokens;
    private long equal;

    LossRun(CheckedModel reference, CheckedModel converted) {
        this.reference = reference;
        this.converted = converted;
        this.divergence = new RowDivergence(converted.model().spec().vocabulary());
    }

    /** What all prompts so far show. */
    WeightLoss loss(int prompts, int genLength) {
        double share = tokens == 0 ? 1 : equal / (double) tokens;
        return new WeightLoss(
                prompts, genLength, share, tokens, divergence.sum() / divergence.count(), divergence.count());
    }

    /**
     * Answers prompts with both models, all at once.
     *
     * @param progress hears how many positions of these answers are decoded
     * @throws ModelException where the thread is interrupted, which it stays
     */
    void answer(List<int[]> prompts, LongConsumer progress) {
        List<Decoding> expected = reference.start(prompts);
        List<Decoding> found = converted.start(prompts);
        List<Decoding> both = new ArrayList<>(expected);
        both.addAll(found);
        try {
            for (int step = 0; !both.stream().allMatch(Decoding::done); step++) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new ModelException("the check of what the weights lost was interrupted; do it again");
                }
                step(expected, found, step);
                progress.accept(both.stream().mapToLong(this::decoded).sum());
            }
            for (int i = 0; i < prompts.size(); i++) {
                compare(answer(expected.get(i)), answer(found.get(i)));
            }
        } finally {
            both.forEach(Decoding::close);
        }
    }

    private void step(List<Decoding> expected, List<Decoding> found, int step) {
        List<Decoding> stepping =
                found.stream().filter(decoding -> !decoding.done()).toList();
        List<Decoding> beside =
                expected.stream().filter(decoding -> !decoding.done()).toList();
        List<RowRequest> requests = stepping.stream().map(Decoding::request).toList();
        boolean compares = step % EVERY == 0 || divergence.count() == 0;
        if (compares) {
            divergence.choose(requests, step / EVERY);
        }
        converted.predict(requests, compares ? divergence.kept() : List.of());
        reference.predict(
                beside.stream().map(Decoding::request).toList(), compares ? divergence.compared() : List.of());
        stepping.forEach(Decoding::accept);
        beside.forEach(Decoding::accept);
    }

    private long decoded(Decoding decoding) {
        int mask = converted.model().spec().maskToken();
        return decoding.done()
                ? decoding.config().genLength()
                : Arrays.stream(answer(decoding)).filter(token -> token != mask).count();
    }

    private static int[] answer(Decoding decoding) {
        int[] tokens = decoding.tokens();
        return Arrays.copyOfRange(tokens, decoding.promptLength(), tokens.length);
    }

    /** Position by position, up to where the longer text ends. */
    private void compare(int[] expected, int[] found) {
        int length = Math.max(textEnd(expected), textEnd(found));
        tokens += length;
        for (int i = 0; i < Math.min(length, Math.min(expected.length, found.length)); i++) {
            equal += expected[i] == found[i] ? 1 : 0;
        }
    }

    /** After the first end token, or the last of the others. */
    private int textEnd(int[] answer) {
        ModelSpec spec = converted.model().spec();
        for (int i = 0; i < answer.length; i++) {
            if (spec.endTokens().contains(answer[i])) {
                return i + 1;
            }
        }
        int end = answer.length;
        while (end > 0 && spec.outsideText(answer[end - 1])) {
            end--;
        }
        return end;
    }
}
