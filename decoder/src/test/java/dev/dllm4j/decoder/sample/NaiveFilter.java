package dev.dllm4j.decoder.sample;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Top-p and top-k written down as they are defined, without regard to cost: what the sampler is compared with. */
final class NaiveFilter {
    private NaiveFilter() {}

    /** The tokens that stay, in ascending order. */
    static List<Integer> kept(float[] row, int topK, double topP, double temperature) {
        List<Integer> ranked = new ArrayList<>(IntStream.range(0, row.length)
                .filter(token -> row[token] > Float.NEGATIVE_INFINITY)
                .boxed()
                .toList());
        ranked.sort(Comparator.comparingDouble((Integer token) -> -row[token]).thenComparing(token -> token));
        List<Integer> kept = topP < 1 ? prefix(ranked, row, topP, temperature) : ranked;
        if (topK > 0 && topK < kept.size()) {
            float kth = row[kept.get(topK - 1)];
            kept = kept.stream().filter(token -> row[token] >= kth).toList();
        }
        return kept.stream().sorted().toList();
    }

    /** The probabilities of the kept tokens among themselves, {@code [vocab]}; 0 for the others. */
    static double[] probabilities(float[] row, int topK, double topP, double temperature) {
        double[] probabilities = new double[row.length];
        double sum = 0;
        for (int token : kept(row, topK, topP, temperature)) {
            probabilities[token] = Math.exp(row[token] / temperature);
            sum += probabilities[token];
        }
        for (int token = 0; token < row.length; token++) {
            probabilities[token] /= sum;
        }
        return probabilities;
    }

    private static List<Integer> prefix(List<Integer> ranked, float[] row, double topP, double temperature) {
        double best = row[ranked.get(0)];
        double total = ranked.stream()
                .mapToDouble(token -> Math.exp((row[token] - best) / temperature))
                .sum();
        double mass = 0;
        int length = 0;
        while (length < ranked.size() && mass <= topP * total) {
            mass += Math.exp((row[ranked.get(length)] - best) / temperature);
            length++;
        }
        return ranked.subList(0, length);
    }
}
