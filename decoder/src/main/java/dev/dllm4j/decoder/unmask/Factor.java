package dev.dllm4j.decoder.unmask;

/**
 * The longest prefix of the ranked confidences in which the n-th is at least 1 − factor / (n + 1), at least one: the
 * more tokens commit together, the surer each must be (Fast-dLLM {@code llada/generate.py},
 * {@code get_transfer_index_dynamic}).
 *
 * <p>As in the original, a prefix that lacks only the last open position takes it along: of two open positions both
 * commit.
 *
 * @param factor larger commits more; at or below 0 one token a forward, at most two where two are left
 * @see <a href="https://arxiv.org/abs/2505.22618">Fast-dLLM: Training-free Acceleration of Diffusion LLM</a>
 */
public record Factor(double factor) implements UnmaskingStrategy {
    public Factor {
        if (!Double.isFinite(factor)) {
            throw new IllegalArgumentException("factor is " + factor + "; it must be a finite number, e.g. 1.0");
        }
    }

    @Override
    public Selector start(Plan plan) {
        return new Barred((ranking, view, chosen) -> {
            ranking.rank(view, view.predictions()::confidence);
            int passing = 1;
            while (passing < ranking.size() && ranking.score(passing) >= bar(passing + 1)) {
                passing++;
            }
            int committed = passing == ranking.size() - 1 ? passing + 1 : passing;
            for (int rank = 0; rank < committed; rank++) {
                ranking.add(rank, ranking.score(rank) >= bar(rank + 1), chosen);
            }
        });
    }

    /** Least confidence of the n-th best. */
    private float bar(int n) {
        return (float) (1 - factor / (n + 1));
    }

    @Override
    public String toString() {
        return "factor(" + factor + ")";
    }
}
