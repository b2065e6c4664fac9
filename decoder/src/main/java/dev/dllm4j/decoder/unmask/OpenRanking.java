package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.Ranking;
import dev.dllm4j.decoder.canvas.StepView;
import java.util.BitSet;

/**
 * The open positions that the forward predicted, in the order a strategy prefers them: largest score first, ties to the
 * lowest position. Reused, confined to one thread.
 */
final class OpenRanking {
    private final Ranking ranking = new Ranking();
    /** Of those chosen. */
    private final BitSet passed = new BitSet();

    /** What a slot's position is ranked by. */
    interface Score {
        float of(int slot);
    }

    /** Ranks the step's open positions; those without a prediction are not eligible. */
    void rank(StepView view, Score score) {
        ranking.clear();
        passed.clear();
        Positions open = view.open();
        Predictions predictions = view.predictions();
        for (int i = 0; i < open.size(); i++) {
            int slot = predictions.slotOf(open.get(i));
            if (predictions.present(slot)) {
                ranking.add(open.get(i), score.of(slot));
            }
        }
        if (ranking.size() == 0) {
            throw new IllegalStateException("no row predicts any of the open positions " + open + " at step "
                    + view.step() + "; the cache policy must compute at least one");
        }
        ranking.sort();
    }

    /** Ranks them by their place, leftmost first. */
    void rankFromLeft(StepView view) {
        rank(view, slot -> -view.predictions().position(slot));
    }

    int size() {
        return ranking.size();
    }

    /** The position at a 0-based rank. */
    int position(int rank) {
        return ranking.id(rank);
    }

    /** The score at a 0-based rank. */
    float score(int rank) {
        return ranking.score(rank);
    }

    /** Adds the first {@code count}, or all there are. */
    void addFirst(int count, Positions chosen) {
        for (int rank = 0; rank < Math.min(count, size()); rank++) {
            chosen.add(ranking.id(rank));
        }
    }

    /** Adds the position at a 0-based rank. */
    void add(int rank, boolean passes, Positions chosen) {
        passed.set(ranking.id(rank), passes);
        chosen.add(ranking.id(rank));
    }

    /** Whether a position that was chosen in this step passed the strategy's bar. */
    boolean passed(int position) {
        return passed.get(position);
    }

    /**
     * Adds the first, and of the first {@code considered} every further one whose score is at least the bar.
     *
     * @return how many were added
     */
    int addFirstAndAtLeast(float bar, int considered, Positions chosen) {
        int added = 0;
        while (added < considered && (added == 0 || ranking.score(added) >= bar)) {
            add(added, ranking.score(added) >= bar, chosen);
            added++;
        }
        return added;
    }
}
