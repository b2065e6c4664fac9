package dev.dllm4j.decoder;

import dev.dllm4j.cache.Forward;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.sample.Sampler;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.stop.Tail;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.IntStream;
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
    private final UnmaskingStrategy.Selector selector;
    private final StopRule.Watch watch;
    private final SequenceShape shape;
    private RefreshPolicy.Refresh refresh;
    private final Sampler sampler;
    private final Noise noise;
    private final Demand demand;
    private final Predictions predictions = new Predictions();
    private final RowPlan plan;
    private final Positions wanted;
    /** Committed or taken back since the last forward. */
    private final Positions changed;

    private final Positions open;
    private final Positions chosen;
    private final Positions accepted;
    private final Positions back;
    private final RowLease lease;
    private final Meter meter;

    private volatile boolean cancelled;
    private boolean closed;
    private boolean stopped;
    /** Where this step froze the canvas. */
    private OptionalInt frozenFrom = OptionalInt.empty();

    private boolean awaited;
    /** Forwards that were not refused: what strategy and noise count by. */
    private int step;

    private final long mostForwards;
    private int emptyStepsLeft;
    private int revisionsLeft;

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
        requireFit(draft, config);
        spec.requireTokens("the prompt", prompt);
        spec.requireTokens(
                "the text to fill around",
                IntStream.range(0, draft.length())
                        .filter(draft::fixed)
                        .map(draft::token)
                        .toArray());
        if ((long) prompt.length + config.genLength() > spec.context()) {
            throw new IllegalArgumentException("the prompt has " + prompt.length + " tokens and gen length is "
                    + config.genLength() + "; together they must fit the model's context of " + spec.context()
                    + ", so shorten the prompt or the gen length");
        }
        this.model = model;
        this.config = config;
        this.draft = draft;
        this.shape = CacheSpec.shape(spec, prompt.length, prompt.length + draft.length());
        this.refresh = config.cache().start(shape);
        this.mostForwards = config.mostForwards(draft.masks(), shape);
        this.canvas = new Canvas(prompt, draft, spec.maskToken());
        this.selector = config.strategy().start(config.plan());
        this.emptyStepsLeft = config.strategy().emptySteps(config.plan());
        this.revisionsLeft = Math.multiplyExact(draft.masks(), config.strategy().revisions());
        this.watch = config.stop().start(spec);
        this.sampler = new Sampler(config.sampling(), spec);
        this.noise = new Noise(config.sampling().seed());
        this.demand = new Demand(config.genLength());
        this.plan = new RowPlan(shape.length());
        this.wanted = new Positions(config.genLength());
        this.changed = new Positions(config.genLength());
        this.open = new Positions(config.genLength());
        this.chosen = new Positions(config.genLength());
        this.accepted = new Positions(config.genLength());
        this.back = new Positions(config.genLength());
        this.meter = new Meter(spec.layers(), config.guidance().given());
        this.lease = new RowLease(
                cache,
                config.cache().keeps(),
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
                canvas, plan, demand, predictions, config.guidance(), lease.rows(), () -> cancelled || refused());
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
        boolean refused = refused();
        if (!cancelled) {
            lease.share();
        }
        awaited = false;
        lease.end(nanos);
        meter.count(plan, canvas.length(), refused);
        back.clear();
        frozenFrom = OptionalInt.empty();
        List<Commit> commits = List.of();
        if (!cancelled && !refused && !open.isEmpty()) {
            commits = commit();
        }
        change(commits);
        if (refused) {
            restart();
        } else {
            step++;
        }
        if (done()) {
            lease.close();
        } else if (meter.forwards() >= mostForwards) {
            close();
            throw new IllegalStateException("cache " + config.cache() + " owes more than the " + mostForwards
                    + " forwards that this decoding can need");
        }
        meter.decided();
        List<Integer> takenBack = back.stream().boxed().toList();
        int layers = model.spec().layers();
        return new StepReport(
                meter.forwards() - 1,
                commits,
                takenBack,
                canvas.length(),
                frozenFrom,
                settledEnd(),
                refused ? layers : Math.min(plan.refreshFrom(), layers),
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
        if (!refresh.withdrawn()) {
            restart();
        }
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
        return stopped ? FinishReason.STOP : FinishReason.LENGTH;
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

    /** The generated ids that never change again: up to the first mask, or up to the open part where tokens may be taken back. */
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
        open.clear();
        config.window().open(canvas, open);
        demand.clear();
        Part part = config.window().part(canvas);
        selector.demand(canvas, part, open, demand);
        wanted.clear();
        for (int i = 0; i < demand.positions().size(); i++) {
            wanted.add(model.spec().readout().predictorOf(demand.positions().get(i)));
        }
        plan.clear();
        refresh.plan(
                new Forward(
                        canvas.length(),
                        canvas.promptLength(),
                        config.window().begin(canvas),
                        part.end(),
                        canvas::masked,
                        wanted,
                        changed,
                        lease.borrowed(),
                        lease.lost()),
                plan);
        open.limit(plan.openLimit());
        if (open.isEmpty()) {
            demand.clear();
        } else {
            watch.demand(canvas, demand);
            sampler.demand(demand, step, noise);
        }
    }

    /** Whether the forward under way found that borrowed rows do not hold; it ends there and decides nothing. */
    private boolean refused() {
        return plan.borrowed() > 0 && plan.refreshFrom() <= model.spec().layers();
    }

    private void restart() {
        refresh = config.cache().start(shape);
    }

    private void change(List<Commit> commits) {
        changed.clear();
        IntStream.concat(commits.stream().mapToInt(Commit::position), back.stream())
                .sorted()
                .forEach(changed::add);
    }

    /** Ends the lease of a request that is not answered. */
    private void endLease() {
        awaited = false;
        lease.giveUp();
    }

    private boolean finished() {
        return filled() && !refresh.owesForward(stopped);
    }

    private boolean filled() {
        return canvas.masks() == 0;
    }

    private int settledEnd() {
        return filled() || config.strategy().revisions() == 0
                ? canvas.settledEnd()
                : config.window().part(canvas).start();
    }

    /** Takes in the next positions of a growing canvas once it is filled. */
    private void grow() {
        if (filled() && canvas.growable()) {
            canvas.grow();
            if (!refresh.grown()) {
                restart();
            }
        }
    }

    private static void requireFit(Draft draft, DecodingConfig config) {
        if (draft.length() != config.genLength()) {
            throw new IllegalArgumentException("the text to fill has " + draft.length()
                    + " positions and gen length is " + config.genLength() + "; they must be equal");
        }
        if (draft.masks() == 0) {
            throw new IllegalArgumentException("the text to fill has no masks; give it at least one slot");
        }
        if (draft.hasText() && config.stop().cuts()) {
            throw new IllegalArgumentException(
                    "stop is " + config.stop() + "; it would cut off fixed text after an end, so use stop full");
        }
    }

    private List<Commit> commit() {
        sampler.propose(predictions);
        StepView view = new StepView(canvas, config.window().part(canvas), open, predictions, step, noise);
        chosen.clear();
        selector.select(view, chosen);
        if (chosen.isEmpty() && --emptyStepsLeft < 0) {
            throw new IllegalStateException("strategy " + config.strategy() + " committed nothing at step " + step);
        }
        selector.takeBack(view, back);
        revisionsLeft -= back.size();
        if (revisionsLeft < 0) {
            throw new IllegalStateException(
                    "strategy " + config.strategy() + " takes back more than it declares at step " + step);
        }
        List<Commit> commits = new ArrayList<>(chosen.size());
        accepted.clear();
        for (int i = 0; i < chosen.size(); i++) {
            int position = chosen.get(i);
            if (selector.accepted(position)) {
                accepted.add(position);
            }
            int slot = predictions.slotOf(position);
            canvas.commit(position, predictions.token(slot));
            commits.add(new Commit(position, predictions.token(slot), predictions.probability(slot)));
        }
        back.stream().forEach(canvas::takeBack);
        commits.sort(Comparator.comparingInt(Commit::position));
        Tail tail = watch.after(view, accepted);
        if (tail instanceof Tail.Truncate cut) {
            canvas.truncate(cut.end());
            stopped = true;
        } else if (tail instanceof Tail.Freeze frozen) {
            canvas.freeze(frozen.end());
            frozenFrom = OptionalInt.of(frozen.end());
            stopped = true;
        }
        grow();
        return Collections.unmodifiableList(commits);
    }
}
