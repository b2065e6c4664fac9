package dev.dllm4j.decoder.unmask;

/**
 * The k most confident positions at every step (LLaDA {@code generate.py}, low-confidence remasking with as many steps
 * as make k tokens each): the baseline whose speed is fixed, however sure the model is.
 *
 * @param k tokens a step; the last step of a part takes what is left
 * @see <a href="https://arxiv.org/abs/2502.09992">Large Language Diffusion Models</a>
 */
public record TopK(int k) implements UnmaskingStrategy {
    public TopK {
        if (k < 1) {
            throw new IllegalArgumentException("k is " + k + "; a step commits at least one token, e.g. 2");
        }
    }

    @Override
    public Selector start(Plan plan) {
        OpenRanking ranking = new OpenRanking();
        Planned selector = (view, chosen) -> {
            ranking.rank(view, view.predictions()::confidence);
            ranking.addFirst(k, chosen);
        };
        return selector;
    }

    @Override
    public String toString() {
        return "topk(" + k + ")";
    }
}
