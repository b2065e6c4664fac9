package dev.dllm4j.decoder.trace;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.TakeBack;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.trace.TraceStep.TracedCommit;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Lets a strategy decide on recorded predictions, and goes on along the recorded path. */
final class Replay {
    private final Trace trace;
    private final UnmaskingStrategy strategy;
    private final UnmaskingStrategy.Selector selector;
    private final Window window;
    private final Noise noise;
    private final Canvas canvas;
    private final Demand demand;
    /** Forwards before the first that decided. */
    private int refused;

    private final Predictions predictions = new Predictions();

    Replay(Trace trace, UnmaskingStrategy strategy) {
        TraceHeader header = trace.header();
        if (!header.plain()) {
            throw new IllegalArgumentException(
                    "the trace was sampled, and replay knows the best tokens alone; record it"
                            + " with temperature 0, top-k 0 and top-p 1");
        }
        this.trace = trace;
        this.strategy = strategy;
        this.selector = strategy.start(header.plan());
        this.window = header.window();
        this.noise = new Noise(header.seed());
        this.canvas = new Canvas(
                header.prompt().stream().mapToInt(Integer::intValue).toArray(), header.draft(), header.maskToken());
        this.demand = new Demand(header.draft().length());
    }

    List<Decision> decisions() {
        List<Decision> decisions = new ArrayList<>();
        for (TraceStep step : trace.steps()) {
            if ((strategy.edits() || step.held()) && canvas.masks() > 0) {
                canvas.hold();
            }
            Part part = window.part(canvas);
            decisions.add(decide(step, part));
            follow(step, part);
        }
        return decisions;
    }

    private void follow(TraceStep step, Part part) {
        try {
            step.committed().forEach(commit -> canvas.apply(commit.change()));
            step.takenBack().forEach(position -> canvas.apply(new TakeBack(position)));
            step.edited().forEach(edit -> canvas.apply(edit.change()));
            if (!step.held() && canvas.masks(part.start(), part.end()) == 0) {
                canvas.release();
            }
            step.truncated().ifPresent(canvas::truncate);
            step.frozen().ifPresent(canvas::freeze);
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "step " + (step.step() + 1) + " of the trace does not fit those before it: " + e.getMessage()
                            + "; record it again",
                    e);
        }
    }

    private Decision decide(TraceStep step, Part part) {
        Positions open = new Positions(canvas.length());
        window.open(canvas, open);
        demand.clear();
        selector.demand(canvas, part, open, demand);
        step.openLimit().ifPresent(open::limit);
        if (step.predictions().isEmpty() && step.absent().isEmpty()) {
            return undecided(step);
        }
        predictions.reset(demand, canvas.length());
        IntStream.range(0, predictions.size()).forEach(slot -> fill(step, slot));
        StepView view = new StepView(canvas, part, open, predictions, step.step() - refused, noise);
        Positions chosen = new Positions(open.size());
        Positions back = new Positions(1);
        Positions replaced = new Positions(1);
        // Only strategies that edit are asked of a filled part.
        if (!open.isEmpty() || strategy.edits()) {
            selector.select(view, chosen);
            selector.takeBack(view, back);
            selector.replace(view, replaced);
        }
        SortedMap<Integer, Integer> recorded = new TreeMap<>();
        for (TracedCommit commit : step.committed()) {
            recorded.put(commit.position(), commit.token());
        }
        SortedMap<Integer, Integer> edited = new TreeMap<>();
        step.edited().forEach(edit -> edited.put(edit.position(), edit.token()));
        return new Decision(
                step.step(),
                recorded,
                proposed(chosen),
                step.takenBack(),
                back.stream().boxed().toList(),
                edited,
                proposed(replaced));
    }

    private SortedMap<Integer, Integer> proposed(Positions positions) {
        SortedMap<Integer, Integer> tokens = new TreeMap<>();
        positions.stream().forEach(position -> tokens.put(position, predictions.token(predictions.slotOf(position))));
        return tokens;
    }

    /** A forward that had nothing to decode, or as the first one was refused, and then counts for no strategy. */
    private Decision undecided(TraceStep step) {
        refused += step.step() == 0 ? 1 : 0;
        SortedMap<Integer, Integer> none = new TreeMap<>();
        return new Decision(step.step(), none, none, List.of(), List.of(), none, none);
    }

    private void fill(TraceStep step, int slot) {
        int position = predictions.position(slot);
        if (step.absent().contains(position)) {
            return;
        }
        RecordedPrediction prediction =
                step.at(position).orElseThrow(() -> tooLittle(step, "what the model says of position " + position));
        prediction.fill(predictions, slot);
        for (int index = 0; index < demand.candidatesPerPosition(); index++) {
            int token = demand.candidate(slot, index);
            int rank = prediction.ids().indexOf(token);
            if (token != Demand.NO_CANDIDATE && rank < 0) {
                throw tooLittle(step, "the logit of token " + token + " at position " + position);
            }
            predictions.fillCandidate(
                    slot, index, rank < 0 ? Float.NaN : prediction.logits().get(rank));
        }
    }

    private IllegalArgumentException tooLittle(TraceStep step, String needed) {
        return new IllegalArgumentException("at step " + (step.step() + 1) + " " + strategy + " needs " + needed
                + ", which was not recorded; record a trace with this strategy");
    }
}
