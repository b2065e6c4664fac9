package dev.dllm4j.decoder.trace;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was decided at a recorded step, and what a replayed strategy would have decided.
 *
 * @param step 0-based
 * @param recorded token by position
 * @param replayed token by position
 * @param recordedBack positions that became masks again
 * @param replayedBack positions that would have
 * @param recordedEdits new token by position, where one gave way
 * @param replayedEdits new token by position, where one would have
 */
public record Decision(
        int step,
        SortedMap<Integer, Integer> recorded,
        SortedMap<Integer, Integer> replayed,
        List<Integer> recordedBack,
        List<Integer> replayedBack,
        SortedMap<Integer, Integer> recordedEdits,
        SortedMap<Integer, Integer> replayedEdits) {
    public Decision {
        recorded = new TreeMap<>(recorded);
        replayed = new TreeMap<>(replayed);
        recordedBack = List.copyOf(recordedBack);
        replayedBack = List.copyOf(replayedBack);
        recordedEdits = new TreeMap<>(recordedEdits);
        replayedEdits = new TreeMap<>(replayedEdits);
    }

    /** Whether both are the same, to the token. */
    public boolean same() {
        return recorded.equals(replayed) && recordedBack.equals(replayedBack) && recordedEdits.equals(replayedEdits);
    }

    /** Positions that both commit, with the same token. */
    public long common() {
        return recorded.entrySet().stream()
                .filter(commit -> commit.getValue().equals(replayed.get(commit.getKey())))
                .map(Map.Entry::getKey)
                .count();
    }
}
