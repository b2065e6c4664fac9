package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;
import java.util.BitSet;

/** What strategy, stop rule and sampling need to see of the coming forward. Reused, confined to one thread. */
public final class Demand {
    private final Positions positions;
    private final BitSet known = new BitSet();
    private int candidates;
    private int[] candidateIds = {};
    private boolean fullRows;

    public Demand(int capacity) {
        positions = new Positions(capacity);
    }

    /** Positions to predict; the i-th of them is slot i of the {@link Predictions}. */
    public Positions positions() {
        return positions;
    }

    /** Adds those positions that are not demanded yet. */
    public void addMissing(Positions more) {
        known.clear();
        positions.stream().forEach(known::set);
        for (int i = 0; i < more.size(); i++) {
            if (!known.get(more.get(i))) {
                positions.add(more.get(i));
            }
        }
    }

    /**
     * Asks for the logits of {@code perPosition} ids at every position, {@code [positions, perPosition]} row-major.
     * Positions that are added later have id 0 in place of ids of their own.
     */
    public void candidates(int perPosition, int[] ids) {
        candidates = perPosition;
        candidateIds = ids;
    }

    /** Asks for whole rows of logits, as drawing a token needs them. */
    public void fullRows() {
        fullRows = true;
    }

    public int candidatesPerPosition() {
        return candidates;
    }

    public int candidate(int slot, int index) {
        int place = slot * candidates + index;
        return place < candidateIds.length ? candidateIds[place] : 0;
    }

    public boolean wantsFullRows() {
        return fullRows;
    }

    public void clear() {
        positions.clear();
        candidates = 0;
        candidateIds = new int[0];
        fullRows = false;
    }
}
