package dev.dllm4j.eval.report;

import java.util.Comparator;
import java.util.List;

/**
 * Accuracy under parallelism (AUP), as d3LLM defines it: the area under a method's curve of accuracy over tokens a
 * forward, the first point's whole rectangle included. Points more than five below the least parallel one are left out,
 * and what a point falls short of the best accuracy known weighs exponentially.
 *
 * @see <a href="https://github.com/hao-ai-lab/d3LLM">d3LLM</a>
 */
final class Parallelism {
    private static final double PENALTY = 3;
    private static final double MOST_LOST = 5;

    private Parallelism() {}

    /**
     * A setting of a method.
     *
     * @param tokensPerForward above 0
     * @param percent accuracy, within [0, 100]
     */
    record Point(double tokensPerForward, double percent) {}

    /**
     * The area, in percent times tokens per forward.
     *
     * @param points of one method, at least one
     * @param best the best accuracy of any method, in percent, above 0
     */
    static double area(List<Point> points, double best) {
        List<Point> sorted = points.stream()
                .sorted(Comparator.comparingDouble(Point::tokensPerForward))
                .toList();
        double least = sorted.get(0).percent - MOST_LOST;
        List<Point> kept =
                sorted.stream().filter(point -> point.percent >= least).toList();
        double area = kept.get(0).tokensPerForward * kept.get(0).percent;
        for (int index = 1; index < kept.size(); index++) {
            Point left = kept.get(index - 1);
            Point right = kept.get(index);
            area += (right.tokensPerForward - left.tokensPerForward)
                    * (weighted(left, best) + weighted(right, best))
                    / 2;
        }
        return area;
    }

    private static double weighted(Point point, double best) {
        return point.percent * Math.min(Math.exp(-PENALTY * (1 - point.percent / best)), 1);
    }
}
