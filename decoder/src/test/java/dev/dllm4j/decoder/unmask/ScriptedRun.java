package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.canvas.Window;
import java.util.ArrayList;
import java.util.List;

/**
 * A strategy at work on a canvas of its own, with confidences that follow a script. An entropy is 1 less the confidence,
 * a margin is the confidence. The generation area starts at position {@value #START}.
 */
final class ScriptedRun {
    static final int START = 10;

    /** Confidence of a position that the forward does not predict. */
    static final float ABSENT = Float.NaN;

    private static final int MASK = 99;
    private static final int TOKEN = 1;

    private final Window window;
    private final Canvas canvas;
    private final Plan plan;
    private final UnmaskingStrategy.Selector selector;
    private final Noise noise;
    private final Confidences script;
    private int step;

    /** The confidence of a position at a step. */
    interface Confidences {
        float of(int step, int position);
    }

    ScriptedRun(UnmaskingStrategy strategy, Window window, int genLength, int steps, Confidences script) {
        this(strategy, window, genLength, steps, 0, script);
    }

    ScriptedRun(UnmaskingStrategy strategy, Window window, int genLength, int steps, long seed, Confidences script) {
        this(strategy, window, Draft.masks(genLength), steps, seed, script);
    }

    /** A run around given text. */
    ScriptedRun(UnmaskingStrategy strategy, Window window, Draft draft, int steps, Confidences script) {
        this(strategy, window, draft, steps, 0, script);
    }

    private ScriptedRun(
            UnmaskingStrategy strategy, Window window, Draft draft, int steps, long seed, Confidences script) {
        this.window = window;
        this.canvas = new Canvas(new int[START], draft, MASK);
        this.plan = Plan.of(window, draft.length(), steps);
        this.selector = strategy.start(plan);
        this.noise = new Noise(seed);
        this.script = script;
    }

    /** A script in which every position is equally sure at every step. */
    static Confidences always(double confidence) {
        return (step, position) -> (float) confidence;
    }

    /** A script that gives the generation area's first positions these confidences at every step. */
    static Confidences each(double... confidences) {
        return (step, position) -> (float) confidences[position - START];
    }

    /** A script that gives the generation area's first positions these entropies at every step. */
    static Confidences entropies(double... nats) {
        return (step, position) -> (float) (1 - nats[position - START]);
    }

    Plan plan() {
        return plan;
    }

    UnmaskingStrategy.Selector selector() {
        return selector;
    }

    Canvas canvas() {
        return canvas;
    }

    boolean done() {
        return canvas.masks() == 0;
    }

    List<Integer> open() {
        return list(openPositions());
    }

    /** What the strategy chooses now, in its order; commits it. */
    List<Integer> step() {
        Positions open = openPositions();
        Demand demand = new Demand(1);
        selector.demand(canvas, window.part(canvas), open, demand);
        Predictions predictions = new Predictions();
        predictions.reset(demand, canvas.length());
        for (int slot = 0; slot < predictions.size(); slot++) {
            float confidence = script.of(step, predictions.position(slot));
            if (!Float.isNaN(confidence)) {
                predictions.fill(slot, TOKEN, confidence, TOKEN + 1, 0, 1 - confidence, 0);
                for (int index = 0; index < demand.candidatesPerPosition(); index++) {
                    predictions.fillCandidate(slot, index, (float) Math.log(confidence));
                }
            }
        }
        Positions chosen = new Positions(1);
        selector.select(new StepView(canvas, window.part(canvas), open, predictions, step, noise), chosen);
        chosen.stream().forEach(position -> canvas.apply(new Commit(position, TOKEN, 1)));
        step++;
        return list(chosen);
    }

    /** What the strategy chooses at every step until the canvas is full. */
    List<List<Integer>> finish() {
        List<List<Integer>> steps = new ArrayList<>();
        while (!done()) {
            steps.add(step());
        }
        return steps;
    }

    /** How many positions the strategy chooses at every step until the canvas is full. */
    List<Integer> counts() {
        return finish().stream().map(List::size).toList();
    }

    private Positions openPositions() {
        Positions open = new Positions(1);
        window.open(canvas, open);
        return open;
    }

    private static List<Integer> list(Positions positions) {
        return positions.stream().boxed().toList();
    }
}
