package dev.dllm4j.train.run;

import ai.djl.ndarray.NDArray;
import dev.dllm4j.train.model.RouterWatch;
import dev.dllm4j.train.model.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * What keeps routers from sending all rows to a few experts: the number of experts times the sum, over them, of the
 * share of the choices that an expert got and its mean probability. It is one where all get alike, and more where the
 * favoured ones get most; only the probabilities have gradients. Used for one forward, by one thread.
 *
 * <p>Rows that predict, masks, are balanced among themselves, and so are the others. A mask's row differs little from
 * another's at first: balanced together, all masks would go to the same experts, and text to the others.
 *
 * @see <a href="https://arxiv.org/abs/2101.03961">Switch Transformers</a>, equations 4 to 6; for several choices a row,
 *     shares are of all choices
 */
final class BalanceLoss implements RouterWatch {
    /** What it counts beside the cross entropy, as in Switch Transformers. */
    static final double WEIGHT = 0.01;

    private final long[] predicting;
    private @Nullable NDArray sum;
    private int layers;

    /** @param predicting rows of the batch that predict, at least one */
    BalanceLoss(long[] predicting) {
        this.predicting = predicting;
    }

    @Override
    public void routed(NDArray probabilities, long[] experts) {
        int rows = Math.toIntExact(probabilities.getShape().get(0));
        int count = Math.toIntExact(probabilities.getShape().get(1));
        NDArray factors = probabilities
                .getManager()
                .create(factors(rows, count, experts), probabilities.getShape())
                .toType(probabilities.getDataType(), false);
        NDArray balance = probabilities.mul(factors).sum();
        sum = sum == null ? balance : sum.add(balance);
        layers++;
    }

    /** Adds the mean of all layers, less the one of full balance, to a loss; a model without experts has none. */
    NDArray addTo(NDArray loss) {
        if (sum == null) {
            return loss;
        }
        return loss.add(sum.sub(number(sum, layers)).mul(number(sum, WEIGHT / layers)));
    }

    /** What each row's probability of each expert counts: the expert's share in the row's group, spread over its rows. */
    private float[] factors(int rows, int count, long[] experts) {
        int[] groups = new int[rows];
        for (long row : predicting) {
            groups[(int) row] = 1;
        }
        int active = experts.length / rows;
        int[] sizes = new int[2];
        float[][] shares = new float[2][count];
        for (int row = 0; row < rows; row++) {
            sizes[groups[row]]++;
            for (int choice = 0; choice < active; choice++) {
                shares[groups[row]][(int) experts[row * active + choice]]++;
            }
        }
        int groupCount = sizes[0] == 0 ? 1 : 2;
        float[] factors = new float[rows * count];
        for (int row = 0; row < rows; row++) {
            float size = sizes[groups[row]];
            for (int expert = 0; expert < count; expert++) {
                float share = shares[groups[row]][expert] / (size * active);
                factors[row * count + expert] = count * share / (size * groupCount);
            }
        }
        return factors;
    }

    /** Of the array's type: a single number would become one of the constant's. */
    private static NDArray number(NDArray array, double value) {
        return Tensors.constant(array, value).toType(array.getDataType(), false);
    }
}
