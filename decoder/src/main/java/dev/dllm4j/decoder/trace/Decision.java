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
 */
public record Decision(
        int step,
        SortedMap<Integer, Integer> recorded,
        SortedMap<Integer, Integer> replayed,
        List<Integer> recordedBack,
        List<Integer> replayedBack) {
    public Decision {
        recorded = new TreeMap<>(recorded);
        replayed = new TreeMap<>(replayed);
        recordedBack = List.copyOf(recordedBack);
        replayedBack = List.copyOf(replayedBack);
    }

    /** Whether both are the same, to the token. */
    public boolean same() {
        return recorded.equals(replayed) && recordedBack.equals(replayedBack);
    }

    /** Positions that both commit, with the same token. */
    public long common() {
        return recorded.entrySet().stream()
                .filter(commit -> commit.getValue().equals(replayed.get(commit.getKey())))
                .map(Map.Entry::getKey)
                .count();
    }
}
