package dev.dllm4j.decoder.model;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Origin;

/**
 * How a model's authors decode it, in SPECs as users write them; part of the model's folder. It names no sampling: a
 * model decodes greedily unless a user says otherwise.
 *
 * @param window SPEC of which masks may commit now
 * @param strategy SPEC of which of them do
 * @param cache SPEC of what is kept between forwards
 * @param stop SPEC of where the text ends
 * @param genLength positions to decode
 * @param steps forwards that a fixed schedule spreads over the gen length
 */
public record Recipe(String window, String strategy, String cache, String stop, int genLength, int steps) {
    /** For a model that says nothing else of itself. */
    public static final Recipe DEFAULT = new Recipe("blocks(32)", "threshold(0.9)", "none", "eot");

    private static final int LONGEST_SPEC = 400;
    private static final int MOST_POSITIONS = 1 << 24;
    private static final int MOST_STEPS = 1 << 27;

    public Recipe {
        requireSpec("window", window);
        requireSpec("strategy", strategy);
        requireSpec("cache", cache);
        requireSpec("stop", stop);
        requireWithin("genLength", genLength, MOST_POSITIONS);
        requireWithin("steps", steps, MOST_STEPS);
    }

    /** In the lengths of a model that says nothing of them. */
    public Recipe(String window, String strategy, String cache, String stop) {
        this(window, strategy, cache, stop, 128, 128);
    }

    /** For a model of which nothing but its sight is known: block by block where its rows see so. */
    public static Recipe of(Sight sight) {
        if (!(sight instanceof BlockCausal blocks)) {
            return DEFAULT;
        }
        String origin = blocks.origin() == Origin.START ? ",from=start)" : ")";
        return new Recipe("blocks(" + blocks.length() + origin, DEFAULT.strategy, "blocks", DEFAULT.stop);
    }

    /** In one line, with the words of the command line. */
    @Override
    public String toString() {
        return "window " + window + ", strategy " + strategy + ", cache " + cache + ", stop " + stop + ", gen length "
                + genLength + ", steps " + steps;
    }

    /** A file may be a stranger's, and what it says is printed. */
    private static void requireSpec(String name, String spec) {
        requireNonNull(spec, "the recipe's " + name + " is missing; it must be a SPEC");
        if (spec.isEmpty() || spec.length() > LONGEST_SPEC || !spec.matches("[ -~]*")) {
            throw new IllegalArgumentException("the recipe's " + name + " has " + spec.length()
                    + " characters; it must be a SPEC of 1 to " + LONGEST_SPEC + " printable ASCII characters");
        }
    }

    private static void requireWithin(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(
                    "the recipe's " + name + " is " + value + "; it must be within [1, " + most + "]");
        }
    }
}
