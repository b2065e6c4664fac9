package dev.dllm4j.decoder.testing;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Layers of LLaDA-MoE and LLaDA2 whose rows choose experts; a layer without a router has one gated part. */
final class ReferenceExperts implements ReferenceFeedForward {
    private final ReferenceWeights weights;
    private final ReferenceFeedForward dense;
    private final int count;
    private final int active;
    /** Rows that have chosen each expert, by layer. */
    private final int[][] rows;

    ReferenceExperts(ReferenceWeights weights) {
        this.weights = weights;
        dense = ReferenceFeedForward.gated(weights);
        count = (int) weights.real("num_experts");
        active = (int) weights.real("num_experts_per_tok");
        rows = new int[weights.count("n_layers", "num_hidden_layers")][count];
    }

    /** Rows that have chosen each expert since the last call, {@code [layers][experts]}. */
    int[][] takeRows() {
        int[][] taken = Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
        Arrays.stream(rows).forEach(layer -> Arrays.fill(layer, 0));
        return taken;
    }

    @Override
    public double[] of(int layer, double[] normed) {
        Optional<double[]> router = weights.layerIfPresent(layer, "mlp.gate.weight");
        if (router.isEmpty()) {
            return dense.of(layer, normed);
        }
        double[] logits = ReferenceMath.product(router.get(), normed);
        double[] shares = weights.llada2() ? sigmoids(layer, logits) : softmax(layer, logits);
        double[] sum = weights.layerIfPresent(layer, shared() + "gate_proj.weight")
                .map(gate -> gated(layer, shared(), normed))
                .orElse(new double[normed.length]);
        for (int expert = 0; expert < count; expert++) {
            if (shares[expert] != 0) {
                rows[layer][expert]++;
                double[] product = gated(layer, "mlp.experts." + expert + ".", normed);
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += shares[expert] * product[i];
                }
            }
        }
        return sum;
    }

    /** Weights of the chosen experts, 0 of the others: their probability, with its bias, as it is. */
    private double[] softmax(int layer, double[] logits) {
        double total = Arrays.stream(logits).map(Math::exp).sum();
        double[] bias = weights.layerIfPresent(layer, "mlp.expert_bias").orElse(new double[count]);
        double[] shares = new double[count];
        Arrays.setAll(shares, expert -> Math.exp(logits[expert]) / total + bias[expert]);
        List<Integer> chosen = best(shares, IntStream.range(0, count).boxed().toList(), active);
        return kept(shares, chosen, 1);
    }

    /** The same of LLaDA2: of the best groups the best experts, both with a bias that the weights are without. */
    private double[] sigmoids(int layer, double[] logits) {
        double[] bias = weights.layerIfPresent(layer, "mlp.gate.expert_bias").orElseThrow();
        double[] shares = Arrays.stream(logits).map(ReferenceMath::sigmoid).toArray();
        double[] biased = new double[count];
        Arrays.setAll(biased, expert -> shares[expert] + bias[expert]);
        int groups = (int) weights.real("n_group");
        int size = count / groups;
        double[] groupScores = IntStream.range(0, groups)
                .mapToDouble(group -> Arrays.stream(biased, group * size, (group + 1) * size)
                        .map(value -> -value)
                        .sorted()
                        .limit(2)
                        .map(value -> -value)
                        .sum())
                .toArray();
        List<Integer> keptGroups =
                best(groupScores, IntStream.range(0, groups).boxed().toList(), (int) weights.real("topk_group"));
        List<Integer> inside = IntStream.range(0, count)
                .boxed()
                .filter(expert -> keptGroups.contains(expert / size))
                .toList();
        List<Integer> chosen = best(biased, inside, active);
        double total = chosen.stream().mapToDouble(expert -> shares[expert]).sum();
        return kept(shares, chosen, weights.real("routed_scaling_factor") / total);
    }

    /** The places of the largest numbers, the lower one of equals first. */
    private static List<Integer> best(double[] numbers, List<Integer> places, int most) {
        return places.stream()
                .sorted(Comparator.comparingDouble(place -> -numbers[place]))
                .limit(most)
                .toList();
    }

    private static double[] kept(double[] shares, List<Integer> chosen, double scale) {
        double[] kept = new double[shares.length];
        chosen.forEach(expert -> kept[expert] = shares[expert] * scale);
        return kept;
    }

    private String shared() {
        return weights.llada2() ? "mlp.shared_experts." : "shared_expert.";
    }

    private double[] gated(int layer, String part, double[] normed) {
        return ReferenceMath.gated(
                weights.layer(layer, "", part + "gate_proj"),
                weights.layer(layer, "", part + "up_proj"),
                weights.layer(layer, "", part + "down_proj"),
                normed);
    }
}
