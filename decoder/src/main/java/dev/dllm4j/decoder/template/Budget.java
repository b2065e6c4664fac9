package dev.dllm4j.decoder.template;

import java.util.concurrent.CancellationException;

/** Counts what one rendering has taken of its {@link TemplateLimits}. Confined to its thread. */
final class Budget {
    static final int CHARACTERS_PER_ELEMENT = 16;

    private static final int CHARACTERS_PER_STEP = 256;
    private static final int STEPS_PER_LOOK = 256;
    private static final int EVALUATION_DEPTH_PER_DEPTH = 4;

    private final TemplateLimits limits;
    private final long start = System.nanoTime();
    private final long nanos;
    private long steps;
    private long nextLook = 1;
    private long built;
    private long output;
    private int depth;

    Budget(TemplateLimits limits) {
        this.limits = limits;
        this.nanos = limits.time().toNanos();
    }

    void step() {
        steps(1);
    }

    void steps(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw new IllegalArgumentException("the template takes more than " + limits.steps() + " steps, its limit");
        }
        if (steps >= nextLook) {
            nextLook = steps + STEPS_PER_LOOK;
            look();
        }
    }

    /** Before this many characters are read. */
    void read(long characters) {
        steps(characters / CHARACTERS_PER_STEP);
    }

    /** Before a text of this many characters is made. */
    void build(long characters) {
        built += characters;
        if (characters > limits.builtCharacters() || built > limits.builtCharacters()) {
            throw new IllegalArgumentException("the template builds values of more than " + limits.builtCharacters()
                    + " characters in all, its limit");
        }
        read(characters);
    }

    /** Before a list of this many elements is made. */
    void elements(long count) {
        build(count > limits.builtCharacters() ? count : count * CHARACTERS_PER_ELEMENT);
        steps(count);
    }

    /** Before this many characters are appended to the rendered text. */
    void output(long characters) {
        output += characters;
        if (output > limits.outputCharacters()) {
            throw new IllegalArgumentException(
                    "the template writes more than " + limits.outputCharacters() + " characters, its limit");
        }
        read(characters);
    }

    /** Before evaluation nests one deeper; every call needs its {@link #leave}, unless rendering ends. */
    void enter() {
        step();
        if (++depth > limits.depth() * EVALUATION_DEPTH_PER_DEPTH) {
            throw new IllegalArgumentException("evaluation nests deeper than "
                    + limits.depth() * EVALUATION_DEPTH_PER_DEPTH + " levels, its limit");
        }
    }

    void leave() {
        depth--;
    }

    private void look() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("rendering the template was interrupted");
        }
        if (System.nanoTime() - start > nanos) {
            throw new IllegalArgumentException(
                    "the template takes longer than " + limits.time().toMillis() + " ms, its limit");
        }
    }
}
