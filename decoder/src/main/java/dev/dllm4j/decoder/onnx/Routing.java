package dev.dllm4j.decoder.onnx;

import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.Router.Sigmoid;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * Chooses the experts of rows by their router's scores, and sorts the rows by expert. What a row chooses depends on its own
 * scores alone. Reused, confined to one thread.
 *
 * <p>An expert that one row alone has chosen gets that row twice: a single row would take a matrix-vector kernel, whose
 * sums round otherwise, and the row's numbers would depend on its neighbours.
 */
final class Routing {
    /** Keeps a sum of weights from being zero. */
    private static final float LEAST_SUM = 1e-20f;

    private final Experts experts;
    private final int active;
    /** What a row's experts weigh by, and what they are chosen by. */
    private final float[] share;

    private final float[] choice;
    private final boolean[] taken;
    /** Sums of the two best choices of each group, and which groups are kept; without length where there are no groups. */
    private final float[] groupScores;

    private final boolean[] kept;
    /** Experts of a row, in the order that their products are summed. */
    private final int[] chosen;

    private final int[] counts;
    private final int[] next;
    /** Experts and weights of all rows, {@code [rows, active]}. */
    private int[] ids = {};

    private float[] weights = {};
    private int rows;
    private int pairs;

    Routing(Experts experts) {
        this.experts = experts;
        this.active = experts.active();
        this.share = new float[experts.count()];
        this.choice = new float[experts.count()];
        this.taken = new boolean[experts.count()];
        int groups = experts.router() instanceof Sigmoid sigmoid ? sigmoid.groups() : 0;
        this.groupScores = new float[groups];
        this.kept = new boolean[groups];
        this.chosen = new int[active];
        this.counts = new int[experts.count()];
        this.next = new int[experts.count()];
    }

    /** Most pairs of a row and an expert that so many rows make. */
    static int mostPairs(Experts experts, int rows) {
        int chosen = Math.multiplyExact(rows, experts.active());
        return chosen + Math.min(chosen, experts.count());
    }

    /**
     * Chooses for some rows.
     *
     * @param scores logits of the router, {@code [rows, experts]}
     * @param bias {@code [experts]}; not read where the router has none
     */
    void choose(FloatBuffer scores, FloatBuffer bias, int rowCount) {
        rows = rowCount;
        if (ids.length < rows * active) {
            ids = new int[rows * active];
            weights = new float[rows * active];
        }
        Arrays.fill(counts, 0);
        for (int row = 0; row < rows; row++) {
            if (experts.router() instanceof Sigmoid sigmoid) {
                sigmoid(sigmoid, scores, bias, row);
            } else {
                softmax(scores, bias, row);
            }
            for (int place = 0; place < active; place++) {
                ids[row * active + place] = chosen[place];
                counts[chosen[place]]++;
            }
        }
        pairs = 0;
        for (int expert = 0; expert < counts.length; expert++) {
            counts[expert] += counts[expert] == 1 ? 1 : 0;
            next[expert] = pairs;
            pairs += counts[expert];
        }
    }

    /** Pairs of a row and an expert that are computed. */
    int pairs() {
        return pairs;
    }

    /**
     * Writes what was chosen as the experts' graph reads it.
     *
     * @param sorted rows by expert, {@code [pairs]}
     * @param lengths rows of each expert, {@code [experts]}
     * @param places of a row's products among the sorted rows, {@code [rows, active]}
     * @param factors of those products, {@code [rows, active]}
     */
    void write(LongBuffer sorted, LongBuffer lengths, LongBuffer places, FloatBuffer factors) {
        for (int pair = 0; pair < rows * active; pair++) {
            int place = next[ids[pair]]++;
            sorted.put(place, pair / active);
            places.put(pair, place);
            factors.put(pair, weights[pair]);
        }
        int begin = 0;
        for (int expert = 0; expert < counts.length; expert++) {
            if (next[expert] < begin + counts[expert]) {
                sorted.put(next[expert], sorted.get(begin));
            }
            lengths.put(expert, counts[expert]);
            begin += counts[expert];
        }
    }

    private void softmax(FloatBuffer scores, FloatBuffer bias, int row) {
        int count = share.length;
        float max = Float.NEGATIVE_INFINITY;
        for (int expert = 0; expert < count; expert++) {
            max = Math.max(max, scores.get(row * count + expert));
        }
        double sum = 0;
        for (int expert = 0; expert < count; expert++) {
            share[expert] = (float) Math.exp(scores.get(row * count + expert) - max);
            sum += share[expert];
        }
        for (int expert = 0; expert < count; expert++) {
            share[expert] = (float) (share[expert] / sum);
            share[expert] += experts.router().biased() ? bias.get(expert) : 0;
            choice[expert] = share[expert];
        }
        choose();
        Arrays.sort(chosen);
        for (int place = 0; place < active; place++) {
            weights[row * active + place] = share[chosen[place]];
        }
    }

    private void sigmoid(Sigmoid router, FloatBuffer scores, FloatBuffer bias, int row) {
        int count = share.length;
        for (int expert = 0; expert < count; expert++) {
            share[expert] = (float) (1 / (1 + Math.exp(-scores.get(row * count + expert))));
            choice[expert] = share[expert] + bias.get(expert);
        }
        keepGroups(router);
        choose();
        float sum = LEAST_SUM;
        for (int expert : chosen) {
            sum += share[expert];
        }
        for (int place = 0; place < active; place++) {
            float part = active > 1 ? share[chosen[place]] / sum : share[chosen[place]];
            weights[row * active + place] = part * (float) router.scale();
        }
    }

    /** Bars the experts of all groups but the best, by the sum of a group's two best choices. */
    private void keepGroups(Sigmoid router) {
        int size = choice.length / groupScores.length;
        for (int group = 0; group < groupScores.length; group++) {
            float first = Float.NEGATIVE_INFINITY;
            float second = Float.NEGATIVE_INFINITY;
            for (int expert = group * size; expert < (group + 1) * size; expert++) {
                second = Math.max(second, Math.min(first, choice[expert]));
                first = Math.max(first, choice[expert]);
            }
            groupScores[group] = first + second;
        }
        Arrays.fill(kept, false);
        for (int place = 0; place < router.keptGroups(); place++) {
            kept[best(groupScores, kept)] = true;
        }
        for (int expert = 0; expert < choice.length; expert++) {
            choice[expert] = kept[expert / size] ? choice[expert] : Float.NEGATIVE_INFINITY;
        }
    }

    private void choose() {
        Arrays.fill(taken, false);
        for (int place = 0; place < active; place++) {
            chosen[place] = best(choice, taken);
            taken[chosen[place]] = true;
        }
    }

    /** The largest number that is not passed over, the first of several; also where none is a number. */
    private static int best(float[] numbers, boolean[] passedOver) {
        int best = -1;
        for (int i = 0; i < numbers.length; i++) {
            if (!passedOver[i] && (best < 0 || numbers[i] > numbers[best])) {
                best = i;
            }
        }
        return best;
    }
}
