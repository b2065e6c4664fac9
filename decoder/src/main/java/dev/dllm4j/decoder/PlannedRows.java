package dev.dllm4j.decoder;

import dev.dllm4j.cache.Forward;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.List;

/** Which rows the forwards of one sequence compute: what its refresh policy plans, and is told of between two of them. */
final class PlannedRows {
    private final RefreshPolicy policy;
    private final Window window;
    private final ModelSpec spec;
    private final SequenceShape shape;
    private final RowPlan plan;
    private final Positions wanted;
    /** Since the last forward. */
    private final Positions changed;

    private RefreshPolicy.Refresh refresh;

    PlannedRows(DecodingConfig config, ModelSpec spec, SequenceShape shape) {
        this.policy = config.cache();
        this.window = config.window();
        this.spec = spec;
        this.shape = shape;
        this.refresh = policy.start(shape);
        this.plan = new RowPlan(shape.length());
        this.wanted = new Positions(config.genLength());
        this.changed = new Positions(config.genLength());
    }

    /** The plan of the forward under way, which the forward may change. */
    RowPlan plan() {
        return plan;
    }

    /**
     * Plans the coming forward.
     *
     * @param demanded positions to predict
     * @param lease begun for this forward
     */
    void plan(Canvas canvas, Positions demanded, RowLease lease) {
        wanted.clear();
        for (int i = 0; i < demanded.size(); i++) {
            wanted.add(spec.readout().predictorOf(demanded.get(i)));
        }
        plan.clear();
        refresh.plan(
                new Forward(
                        canvas.length(),
                        canvas.promptLength(),
                        window.begin(canvas),
                        window.part(canvas).end(),
                        canvas::masked,
                        canvas.held() ? canvas.settledEnd() : canvas.length(),
                        wanted,
                        changed,
                        lease.borrowed(),
                        lease.lost()),
                plan);
    }

    /** Whether the forward under way found that borrowed rows do not hold; it ends there and decides nothing. */
    boolean refused() {
        return plan.borrowed() > 0 && plan.refreshFrom() <= spec.layers();
    }

    /** Notes what a forward has led to, in the order of the positions. */
    void changed(List<CanvasChange> changes) {
        changed.clear();
        changes.forEach(change -> changed.add(change.position()));
    }

    /** Begins the policy again: nothing counts as kept. */
    void restart() {
        refresh = policy.start(shape);
    }

    /** The canvas has taken in further positions. */
    void grown() {
        if (!refresh.grown()) {
            restart();
        }
    }

    /** The planned forward was not made, and nothing is kept any more. */
    void withdrawn() {
        if (!refresh.withdrawn()) {
            restart();
        }
    }

    /** Whether one more forward is due although every position is final. */
    boolean owesForward(boolean stopped) {
        return refresh.owesForward(stopped);
    }
}
