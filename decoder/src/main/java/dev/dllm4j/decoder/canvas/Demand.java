package dev.dllm4j.decoder.canvas;

import dev.dllm4j.cache.Positions;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What strategy, stop rule and sampling need to see of the coming forward. Reused, confined to one thread. */
public final class Demand {
    /** Stands in place of a candidate's id where a position has fewer than others; its logit means nothing. */
    public static final int NO_CANDIDATE = -1;

    private final Positions positions;
    private final BitSet known = new BitSet();
    private int candidates;
    private int[] candidateIds = {};
    private final List<RowConsumer> rowConsumers = new ArrayList<>();
    private Set<Integer> forbidden = Set.of();
    private Map<Integer, Float> bias = Map.of();

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
     * Asks for the logits of {@code perPosition} further ids at every position so far, {@code [positions, perPosition]}
     * row-major. Positions that are added later have {@link #NO_CANDIDATE} in place of ids of their own.
     *
     * @return index of the first of them among the position's candidates
     */
    public int candidates(int perPosition, int[] ids) {
        int before = candidates;
        if (perPosition == 0) {
            return before;
        }
        int slots = ids.length / perPosition;
        int[] merged = new int[slots * (before + perPosition)];
        for (int slot = 0; slot < slots; slot++) {
            int to = slot * (before + perPosition);
            for (int index = 0; index < before; index++) {
                merged[to + index] = candidate(slot, index);
            }
            System.arraycopy(ids, slot * perPosition, merged, to + before, perPosition);
        }
        candidates = before + perPosition;
        candidateIds = merged;
        return before;
    }

    /** Asks for whole rows of logits, as drawing a token needs them: they are read under way, and not kept. */
    public void fullRows(RowConsumer consumer) {
        rowConsumers.add(consumer);
    }

    /** Asks that these tokens get no probability, before any statistic is taken. */
    public void forbid(Set<Integer> tokens) {
        forbidden = tokens;
    }

    public Set<Integer> forbidden() {
        return forbidden;
    }

    /** Asks that these numbers are added to the tokens' logits, before any statistic is taken. */
    public void bias(Map<Integer, Float> tokens) {
        bias = tokens;
    }

    public Map<Integer, Float> bias() {
        return bias;
    }

    /** Whether tokens are treated as another demand treats them. */
    public boolean treatsTokensAs(Demand other) {
        return forbidden.equals(other.forbidden) && bias.equals(other.bias);
    }

    public int candidatesPerPosition() {
        return candidates;
    }

    public int candidate(int slot, int index) {
        int place = slot * candidates + index;
        return place < candidateIds.length ? candidateIds[place] : NO_CANDIDATE;
    }

    public boolean wantsFullRows() {
        return !rowConsumers.isEmpty();
    }

    /** Hands a slot's whole row to all who asked for it; what one of them throws ends the forward. */
    public void row(int slot, FloatBuffer logits) {
        for (RowConsumer consumer : rowConsumers) {
            consumer.row(slot, logits);
        }
    }

    public void clear() {
        positions.clear();
        candidates = 0;
        candidateIds = new int[0];
        rowConsumers.clear();
        forbidden = Set.of();
        bias = Map.of();
    }
}
