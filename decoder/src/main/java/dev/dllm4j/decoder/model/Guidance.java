package dev.dllm4j.decoder.model;

import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.spec.Bound;
import java.util.Set;

/**
 * Classifier-free guidance: logits = u + (w + 1)·(c − u), where c comes from the canvas and u from one whose given tokens
 * are masked.
 *
 * @param scale w, within [0, 1000]; 0 for none
 * @param shown ids that stay where they are given (dllm's {@code cfg_keep_tokens})
 */
public record Guidance(double scale, Set<Integer> shown) {
    public static final Guidance NONE = new Guidance(0);

    public Guidance {
        Bound.GUIDANCE.require(scale);
        shown = Set.copyOf(shown);
    }

    /** With every given token masked. */
    public Guidance(double scale) {
        this(scale, Set.of());
    }

    /** Whether a forward runs a second time. */
    public boolean given() {
        return scale != 0;
    }

    /** Whether the second canvas has a mask where the first one has a token. */
    public boolean hides(Canvas canvas, int position) {
        return canvas.given(position) && !shown.contains(canvas.token(position));
    }

    @Override
    public String toString() {
        return shown.isEmpty() ? Double.toString(scale) : scale + " showing " + shown;
    }
}
