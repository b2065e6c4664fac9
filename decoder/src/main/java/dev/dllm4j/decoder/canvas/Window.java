package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.spec.Spec;

/** Which masked positions may commit now. Stateless: the canvas alone decides. */
public interface Window {
    /** Most parts that a generation area is filled in, one after the other, whatever the prompt's length. */
    int parts(int genLength);

    /** Positions of a whole part; the first and the last may be shorter. */
    int partLength(int genLength);

    /** The part that holds the first position that is not settled. */
    Part part(Canvas canvas);

    /** Where the part begins: before the prompt's end where it holds the prompt's last positions, too. */
    default int begin(Canvas canvas) {
        return part(canvas).start();
    }

    /** Adds the masked positions of the part that may commit now, leftmost first; at least one while it has any. */
    void open(Canvas canvas, Positions open);

    /** Reads {@code blocks(32)}, {@code blocks(4,from=start)}, {@code leftmost(16)} or {@code all}. */
    static Window parse(String text) {
        Spec spec = Spec.parse(text);
        return switch (spec.name()) {
            case "blocks" -> {
                spec.only("length", "from");
                yield new Blocks(spec.integer("length", 32), spec.choice("from", Blocks.From.PROMPT));
            }
            case "leftmost" -> new Leftmost(spec.only("count").integer("count", 16));
            case "all" -> {
                spec.only();
                yield new WholeCanvas();
            }
            default -> throw spec.unknown("window", "blocks(32), blocks(4,from=start), leftmost(16), all");
        };
    }
}
