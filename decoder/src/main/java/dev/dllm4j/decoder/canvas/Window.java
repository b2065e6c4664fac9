package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.spec.Spec;

/** Which masked positions may commit now. Stateless: the canvas alone decides. */
public interface Window {
    /** Parts a generation area is filled in, one after the other. */
    int parts(int genLength);

    /** The part that holds the first masked position. */
    Part part(Canvas canvas);

    /** Adds the masked positions that may commit now, leftmost first; at least one while any is masked. */
    void open(Canvas canvas, Positions open);

    /** Reads {@code blocks(32)}, {@code leftmost(16)} or {@code all}. */
    static Window parse(String text) {
        Spec spec = Spec.parse(text);
        return switch (spec.name()) {
            case "blocks" -> new Blocks(spec.only("length").integer("length", 32));
            case "leftmost" -> new Leftmost(spec.only("count").integer("count", 16));
            case "all" -> {
                spec.only();
                yield new WholeCanvas();
            }
            default -> throw spec.unknown("window", "blocks(32), leftmost(16), all");
        };
    }
}
