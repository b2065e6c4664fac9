package dev.dllm4j.cache;

import java.util.BitSet;

/** The state of a canvas as a policy sees it, written down in a test: a prompt of two, everything decoded but what is said. */
final class Scene {
    static final int PROMPT_LENGTH = 2;

    private final int length;
    private final int partStart;
    private final int partEnd;
    private final BitSet masked = new BitSet();
    private Positions wanted = new Positions(0);
    private Positions changed = new Positions(0);
    private int borrowed;
    private boolean lost;

    Scene(int length, int partStart, int partEnd) {
        this.length = length;
        this.partStart = partStart;
        this.partEnd = partEnd;
    }

    Scene masked(int... positions) {
        Positions.of(positions).stream().forEach(masked::set);
        return this;
    }

    Scene wanted(int... positions) {
        wanted = Positions.of(positions);
        return this;
    }

    Scene changed(int... positions) {
        changed = Positions.of(positions);
        return this;
    }

    Scene borrowed(int positions) {
        borrowed = positions;
        return this;
    }

    Scene lost() {
        lost = true;
        return this;
    }

    Forward forward() {
        return new Forward(
                length, PROMPT_LENGTH, partStart, partEnd, masked::get, length, wanted, changed, borrowed, lost);
    }
}
