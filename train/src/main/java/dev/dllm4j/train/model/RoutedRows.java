package dev.dllm4j.train.model;

/**
 * Which rows go to which expert: a place for every choice of every row, expert by expert and within an expert row by
 * row. Of equally probable experts a row chooses the ones with the lower ids.
 *
 * @param experts that each row chose, the most probable first, {@code [rows · active]}
 * @param rows at each place
 * @param places of each row's choices, {@code [rows · active]}
 * @param counts places of each expert
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record RoutedRows(long[] experts, long[] rows, long[] places, int[] counts) {
    /**
     * Lets every row choose its most probable experts.
     *
     * @param probabilities {@code [rows · count]}
     */
    static RoutedRows of(double[] probabilities, int count, int active) {
        int choices = probabilities.length / count * active;
        long[] experts = new long[choices];
        int[] counts = new int[count];
        for (int choice = 0; choice < choices; choice++) {
            int row = choice / active;
            int best = best(probabilities, row * count, count, experts, row * active, choice);
            experts[choice] = best;
            counts[best]++;
        }
        int[] next = new int[count];
        for (int expert = 1; expert < count; expert++) {
            next[expert] = next[expert - 1] + counts[expert - 1];
        }
        long[] rows = new long[choices];
        long[] places = new long[choices];
        for (int choice = 0; choice < choices; choice++) {
            int place = next[(int) experts[choice]]++;
            rows[place] = choice / active;
            places[choice] = place;
        }
        return new RoutedRows(experts, rows, places, counts);
    }

    /** The most probable expert that a row has not chosen yet. */
    private static int best(double[] probabilities, int start, int count, long[] experts, int from, int to) {
        int best = -1;
        for (int expert = 0; expert < count; expert++) {
            boolean better = best < 0 || probabilities[start + expert] > probabilities[start + best];
            if (better && !contains(experts, from, to, expert)) {
                best = expert;
            }
        }
        return best;
    }

    private static boolean contains(long[] experts, int from, int to, int expert) {
        for (int index = from; index < to; index++) {
            if (experts[index] == expert) {
                return true;
            }
        }
        return false;
    }
}
