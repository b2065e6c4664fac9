package dev.dllm4j.decoder;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.CanvasChange.TakeBack;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.sample.Sampler;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.stop.Tail;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the predictions of a forward do to the canvas of one sequence: the window opens positions, the sampler proposes
 * tokens, the strategy chooses which commit, which are taken back and which replace others, and the stop rule may end the
 * text.
 */
final class CommitStep {
    private final DecodingConfig config;
    private final Canvas canvas;
    private final Predictions predictions;
    private final UnmaskingStrategy.Selector selector;
    private final StopRule.Watch watch;
    private final Sampler sampler;
    private final Noise noise;

    private final Positions open;
    private final Positions chosen;
    /** Since the stop rule was last asked. */
    private final Positions accepted;

    private final Positions back;
    private final Positions replaced;

    /** Forwards that were not refused: what strategy and noise count by. */
    private int step;

    private int emptyStepsLeft;
    private int revisionsLeft;
    private long postStepsLeft;
    /** Whether this step decides anything. */
    private boolean decides;

    private boolean stopped;
    /** Where this step froze the canvas. */
    private OptionalInt frozenFrom = OptionalInt.empty();

    /** @param predictions that the forwards fill */
    CommitStep(DecodingConfig config, ModelSpec spec, Canvas canvas, Draft draft, Predictions predictions) {
        this.config = config;
        this.canvas = canvas;
        this.predictions = predictions;
        UnmaskingStrategy strategy = config.strategy();
        this.selector = strategy.start(config.plan());
        this.emptyStepsLeft = strategy.emptySteps(config.plan());
        this.revisionsLeft = Math.multiplyExact(draft.masks(), strategy.revisions());
        this.postStepsLeft = config.postSteps(draft);
        this.watch = config.stop().start(spec);
        this.sampler = new Sampler(config.sampling(), spec);
        this.noise = new Noise(config.sampling().seed());
        this.open = new Positions(config.genLength());
        this.chosen = new Positions(config.genLength());
        this.accepted = new Positions(config.genLength());
        this.back = new Positions(config.genLength());
        this.replaced = new Positions(config.genLength());
    }

    /** Opens the positions that may commit in the coming step, and demands those that the strategy needs predicted. */
    void open(Demand demand) {
        open.clear();
        if (config.strategy().edits() && canvas.masks() > 0) {
            canvas.hold();
        }
        config.window().open(canvas, open);
        selector.demand(canvas, config.window().part(canvas), open, demand);
    }

    /**
     * Leaves so many positions open, and demands what else is wanted of the predictions; nothing where nothing may change.
     *
     * @param count that the refresh policy lets commit, leftmost first
     */
    void limit(int count, Demand demand) {
        open.limit(count);
        decides = count > 0 && (canvas.held() || !open.isEmpty());
        if (decides) {
            watch.demand(canvas, demand);
            sampler.demand(demand, step, noise);
        } else {
            demand.clear();
        }
    }

    /**
     * Commits what the strategy chooses of the open positions, takes back what it gives up, and replaces what it edits.
     * The stop rule is asked where no token that was committed may change any more.
     *
     * @return what changed, in the order of the positions
     */
    List<CanvasChange> commit() {
        none();
        if (!decides) {
            return List.of();
        }
        sampler.propose(predictions);
        StepView view = new StepView(canvas, config.window().part(canvas), open, predictions, step, noise);
        choose(view);
        List<CanvasChange> changes = new ArrayList<>(chosen.size() + back.size() + replaced.size());
        for (int i = 0; i < chosen.size(); i++) {
            int position = chosen.get(i);
            if (selector.accepted(position)) {
                accepted.add(position);
            }
            int slot = predictions.slotOf(position);
            changes.add(new Commit(position, predictions.token(slot), predictions.probability(slot)));
        }
        for (int i = 0; i < back.size(); i++) {
            changes.add(new TakeBack(back.get(i)));
        }
        for (int i = 0; i < replaced.size(); i++) {
            int position = replaced.get(i);
            int slot = predictions.slotOf(position);
            changes.add(new Replace(
                    position, canvas.token(position), predictions.token(slot), predictions.probability(slot)));
        }
        changes.forEach(canvas::apply);
        changes.sort(Comparator.comparingInt(CanvasChange::position));
        if (canvas.held() && canvas.masks(view.part().start(), view.part().end()) == 0 && selector.closes(view)) {
            canvas.release();
        }
        if (!canvas.held()) {
            end(watch.after(view, accepted));
            accepted.clear();
        }
        return changes;
    }

    /** A step that decides nothing. */
    List<CanvasChange> none() {
        frozenFrom = OptionalInt.empty();
        return List.of();
    }

    /** Goes on to the next step. */
    void next() {
        step++;
    }

    /** Where this step froze the canvas. */
    OptionalInt frozenFrom() {
        return frozenFrom;
    }

    /** Whether a stop rule has ended the text. */
    boolean stopped() {
        return stopped;
    }

    private void choose(StepView view) {
        chosen.clear();
        selector.select(view, chosen);
        if (open.isEmpty()) {
            postStepsLeft--;
        } else if (chosen.isEmpty()) {
            emptyStepsLeft--;
        }
        if (emptyStepsLeft < 0 || postStepsLeft < 0) {
            throw new IllegalStateException("strategy " + config.strategy()
                    + (postStepsLeft < 0 ? " holds parts open longer than it declares" : " committed nothing")
                    + " at step " + step);
        }
        back.clear();
        selector.takeBack(view, back);
        revisionsLeft -= back.size();
        if (revisionsLeft < 0) {
            throw new IllegalStateException(
                    "strategy " + config.strategy() + " takes back more than it declares at step " + step);
        }
        replaced.clear();
        selector.replace(view, replaced);
    }

    private void end(Tail tail) {
        if (tail instanceof Tail.Truncate cut) {
            canvas.truncate(cut.end());
            stopped = true;
        } else if (tail instanceof Tail.Freeze frozen) {
            canvas.freeze(frozen.end());
            frozenFrom = OptionalInt.of(frozen.end());
            stopped = true;
        }
    }
}
