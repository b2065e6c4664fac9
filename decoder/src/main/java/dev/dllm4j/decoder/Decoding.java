package dev.dllm4j.decoder;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One sequence on its way from masks to text. The caller owns the loop: it pulls {@link #step} until {@link #done}, and
 * does between two steps whatever it likes. A scheduler pulls the two halves, {@link #request} and {@link #accept}, to
 * put the rows of many sequences into one forward.
 *
 * <p>Confined to one thread, but for {@link #cancel}, which any thread may call. What the sequence keeps between
 * forwards is freed when it is done, cancelled, or a step fails; one that is given up before must be closed.
 */
public final class Decoding implements AutoCloseable {
    private final MaskPredictor model;
    private final DecodingConfig config;
    private final Draft draft;
    private final Canvas canvas;
    private final Demand demand;
    private final Predictions predictions = new Predictions();
    private final PlannedRows rows;
    private final CommitStep commits;
    private final RowLease lease;
    private final Meter meter;
    private final long mostForwards;

    private volatile boolean cancelled;
    private boolean closed;
    private boolean awaited;

    /** @param prompt token ids; with the gen length they must fit the model's context */
    Decoding(MaskPredictor model, int[] prompt, DecodingConfig config) {
        this(model, prompt, Draft.masks(config.genLength()), config);
    }

    /** @param draft of the config's gen length */
    Decoding(MaskPredictor model, int[] prompt, Draft draft, DecodingConfig config) {
        this(model, prompt, draft, config, new LayerCache(LayerCache.DEFAULT_BUDGET));
    }

    /**
     * A decoding whose kept rows share a budget with others'.
     *
     * @param prompt token ids; with the gen length they must fit the model's context
     * @param draft of the config's gen length
     */
    Decoding(MaskPredictor model, int[] prompt, Draft draft, DecodingConfig config, LayerCache cache) {
        this(model, prompt, draft, config, cache, new PromptPrefixes(""), "");
    }

    /**
     * A decoding that may start from rows of prompts before it.
     *
     * @param prompt token ids; with the gen length they must fit the model's context
     * @param draft of the config's gen length
     * @param prefixes of the model's prompts, for policies that reuse them
     * @param tenant whose prompts those are
     */
    Decoding(
            MaskPredictor model,
            int[] prompt,
            Draft draft,
            DecodingConfig config,
            LayerCache cache,
            PromptPrefixes prefixes,
            String tenant) {
        ModelSpec spec = model.spec();
        DraftFit.require(prompt, draft, config, spec);
        SequenceShape shape = CacheSpec.shape(spec, prompt.length, prompt.length + draft.length());
        this.model = model;
        this.config = config;
        this.draft = draft;
        this.canvas = new Canvas(prompt, draft, spec.maskToken());
        this.demand = new Demand(config.genLength());
        this.rows = new PlannedRows(config, spec, shape);
        this.mostForwards = config.mostForwards(draft, shape);
        this.commits = new CommitStep(config, spec, canvas, draft, predictions);
        this.meter = new Meter(spec.layers(), config.guidance().given());
        this.lease = new RowLease(
                cache,
                config.cache().keeps(),
                model.rowType(),
                shape.length(),
                spec,
                config.cache().reusesPrefixes() ? prefixes.of(prompt, tenant, shape) : null);
    }

    /** More forwards than this are never made: {@link DecodingConfig#mostForwards}. */
    public long mostForwards() {
        return mostForwards;
    }

    public boolean done() {
        return cancelled || finished();
    }

    /** One forward and the commits it leads to. */
    public StepReport step() {
        RowRequest request = request();
        try {
            model.predict(List.of(request));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        return accept();
    }

    /** The steps still to come, made as they are asked for. */
    public Stream<StepReport> steps() {
        Iterator<StepReport> reports = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !done();
            }

            @Override
            public StepReport next() {
                if (done()) {
                    throw new NoSuchElementException("the decoding is done");
                }
                return step();
            }
        };
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(reports, Spliterator.ORDERED), false);
    }

    /** The first half of a step: the rows this sequence needs of the coming forward. */
    public RowRequest request() {
        // A cancel may arrive at any moment, also just before this call: such a request is answered by dropping it.
        if (awaited || closed || finished()) {
            throw new IllegalStateException(
                    awaited
                            ? "the last request is unanswered"
                            : finished() ? "the decoding is done" : "the decoding is closed; start another one");
        }
        meter.begin();
        try {
            plan();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        meter.asked();
        return new RowRequest(
                canvas,
                rows.plan(),
                demand,
                predictions,
                config.guidance(),
                lease.rows(),
                lease.type(),
                () -> cancelled || rows.refused());
    }

    /** The second half of a step, after the forward has answered the request. Commits nothing once cancelled. */
    public StepReport accept() {
        if (!awaited) {
            throw new IllegalStateException("no request is unanswered");
        }
        try {
            return decide();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private StepReport decide() {
        long nanos = meter.answered();
        boolean refused = rows.refused();
        if (!cancelled) {
            lease.share();
        }
        awaited = false;
        lease.end(nanos);
        meter.count(rows.plan(), canvas.length(), refused);
        boolean decides = !cancelled && !refused;
        List<CanvasChange> changes = decides ? commits.commit() : commits.none();
        if (decides) {
            growIfFilled();
        }
        rows.changed(changes);
        if (refused) {
            rows.restart();
        } else {
            commits.next();
        }
        if (done()) {
            lease.close();
        } else if (meter.forwards() >= mostForwards) {
            close();
            throw new IllegalStateException("cache " + config.cache() + " owes more than the " + mostForwards
                    + " forwards that this decoding can need");
        }
        meter.decided();
        int layers = model.spec().layers();
        return new StepReport(
                meter.forwards() - 1,
                changes,
                canvas.length(),
                commits.frozenFrom(),
                settledEnd(),
                refused ? layers : Math.min(rows.plan().refreshFrom(), layers),
                done(),
                work());
    }

    /**
     * Takes an unanswered request back, as if it had not been made: its forward failed, perhaps through another
     * sequence's fault, and may have left kept rows half written. They are given up, and the next forward computes all.
     */
    public void withdraw() {
        if (!awaited) {
            throw new IllegalStateException("no request is unanswered");
        }
        endLease();
        lease.close();
        if (!cancelled) {
            lease.reopen();
        }
        rows.withdrawn();
    }

    /** Ends the decoding: at once where none of its rows is in a forward, else between two layers. */
    public void cancel() {
        cancelled = true;
        lease.close();
    }

    /** Gives the decoding up, cancelled unless it is done, and frees what it keeps. Closing again does nothing. */
    @Override
    public void close() {
        closed = true;
        cancelled = true;
        if (awaited) {
            endLease();
        }
        lease.close();
    }

    public FinishReason finishReason() {
        if (!done()) {
            throw new IllegalStateException("the decoding is not done");
        }
        if (!filled()) {
            return FinishReason.CANCELLED;
        }
        return commits.stopped() ? FinishReason.STOP : FinishReason.LENGTH;
    }

    public DecodingConfig config() {
        return config;
    }

    /** Tokens of the prompt; the generation area begins after them. */
    public int promptLength() {
        return canvas.promptLength();
    }

    /** Prompt and generation area, mask tokens where nothing is committed yet. */
    public int[] tokens() {
        return canvas.tokens(0, canvas.length());
    }

    /** The generated ids that never change again: up to the first mask, or up to the open part where tokens may change. */
    public int[] settled() {
        return canvas.tokens(canvas.promptLength(), settledEnd());
    }

    /** What the generation area started with. */
    public Draft draft() {
        return draft;
    }

    public Work work() {
        return meter.work();
    }

    /** Leases the kept rows, and says what the coming forward computes and predicts. */
    private void plan() {
        awaited = true;
        lease.begin(meter.forwards() == 0);
        demand.clear();
        commits.open(demand);
        rows.plan(canvas, demand.positions(), lease);
        commits.limit(rows.plan().openLimit(), demand);
    }

    /** Ends the lease of a request that is not answered. */
    private void endLease() {
        awaited = false;
        lease.giveUp();
    }

    private boolean finished() {
        return filled() && !rows.owesForward(commits.stopped());
    }

    /** Whether every position is final. */
    private boolean filled() {
        return canvas.masks() == 0 && !canvas.held();
    }

    private int settledEnd() {
        return filled() || config.strategy().revisions() == 0
                ? canvas.settledEnd()
                : config.window().part(canvas).start();
    }

    /** Takes in the next positions of a growing canvas once it is filled. */
    private void growIfFilled() {
        if (filled() && canvas.growable()) {
            canvas.grow();
            rows.grown();
        }
    }
}
