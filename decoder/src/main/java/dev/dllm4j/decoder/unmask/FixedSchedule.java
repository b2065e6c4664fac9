package dev.dllm4j.decoder.unmask;

/**
 * The most confident positions, as many at each step as the schedule plans (LLaDA {@code generate.py}, low-confidence
 * remasking).
 *
 * @see <a href="https://arxiv.org/abs/2502.09992">Large Language Diffusion Models</a>
 */
public record FixedSchedule() implements UnmaskingStrategy {
    @Override
    public Selector start(Plan plan) {
        OpenRanking ranking = new OpenRanking();
        Quota quota = new Quota(plan);
        return (view, chosen) -> {
            ranking.rank(view, view.predictions()::confidence);
            ranking.addFirst(quota.next(view), chosen);
        };
    }

    @Override
    public String toString() {
        return "schedule";
    }
}
