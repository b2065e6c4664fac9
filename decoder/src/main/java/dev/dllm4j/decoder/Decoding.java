package dev.dllm4j.decoder;

import dev.dllm4j.cache.Forward;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.cache.RefreshPolicy.Keeps;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.RowWidths;
import dev.dllm4j.cache.SequenceRows;
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
import org.jspecify.annotations.Nullable;

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
    private final LayerCache cache;
    /** Read by whoever cancels. */
    private volatile LayerCache.@Nullable Sequence kept;
    /** What the prompt has in common with others; null where nothing is reused. */
    private final PromptPrefixes.@Nullable Beginning beginning;

    private volatile boolean cancelled;
    private boolean closed;
    /** Whether no rows were kept for the forward under way. */
    private boolean lost = true;

    private boolean stopped;
    /** Where this step froze the canvas. */
    private OptionalInt frozenFrom = OptionalInt.empty();

    private boolean awaited;
    private int forwards;
    /** Forwards that were not refused: what strategy and noise count by. */
    private int step;

    private final long mostForwards;
    private int emptyStepsLeft;
    private int revisionsLeft;
    /** Rows computed, summed over the layers. */
    private long layerRows;

    private final int[] refreshes;
    private int prefixRows;
    private int prefixRefusals;
    private long rowsFull;
    private long modelNanos;
    private long selectNanos;
    private long startedAt;
    private long requestedAt;
    private long endedAt;

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
        this.canvas = new Canvas(prompt, draft, spec.maskToken());
        this.selector = config.strategy().start(config.plan());
        this.emptyStepsLeft = config.strategy().emptySteps(config.plan());
        this.revisionsLeft = Math.multiplyExact(draft.masks(), config.strategy().revisions());
        this.mostForwards = config.mostForwards(draft.masks());
        this.watch = config.stop().start(spec);
        this.refresh = startRefresh(config, spec);
        this.sampler = new Sampler(config.sampling(), spec);
        this.noise = new Noise(config.sampling().seed());
        this.demand = new Demand(config.genLength());
        int most = prompt.length + draft.length();
        this.plan = new RowPlan(most);
        this.wanted = new Positions(config.genLength());
        this.changed = new Positions(config.genLength());
        this.open = new Positions(config.genLength());
        this.chosen = new Positions(config.genLength());
        this.accepted = new Positions(config.genLength());
        this.back = new Positions(config.genLength());
        this.refreshes = new int[spec.layers()];
        this.beginning = config.cache().reusesPrefixes() ? prefixes.of(prompt, tenant) : null;
        this.cache = cache;
        this.kept = open(cache, config.cache().keeps(), most, spec);
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
        requestedAt = System.nanoTime();
        if (forwards == 0) {
            startedAt = requestedAt;
        }
        try {
            plan();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        selectNanos += System.nanoTime() - requestedAt;
        requestedAt = System.nanoTime();
        LayerCache.Sequence sequence = kept;
        SequenceRows rows = sequence == null ? null : sequence.rows();
        return new RowRequest(canvas, plan, demand, predictions, config.guidance(), rows, () -> cancelled || refused());
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
        long answeredAt = System.nanoTime();
        modelNanos += answeredAt - requestedAt;
        boolean refused = refused();
        share();
        release(lost && forwards > 0 ? answeredAt - requestedAt : 0);
        count();
        back.clear();
        frozenFrom = OptionalInt.empty();
        List<Commit> commits = List.of();
        if (!cancelled && !refused && !open.isEmpty()) {
            commits = commit();
        }
        change(commits);
        int reported = forwards++;
        if (refused) {
            refresh = startRefresh(config, model.spec());
        } else {
            step++;
        }
        if (done()) {
            free();
        } else if (forwards >= mostForwards) {
            close();
            throw new IllegalStateException("cache " + config.cache() + " owes more than the " + mostForwards
                    + " forwards that this decoding can need");
        }
        endedAt = System.nanoTime();
        selectNanos += endedAt - answeredAt;
        List<Integer> takenBack = back.stream().boxed().toList();
        int refreshedFrom = refused ? refreshes.length : Math.min(plan.refreshFrom(), refreshes.length);
        return new StepReport(
                reported, commits, takenBack, canvas.length(), frozenFrom, settledEnd(), refreshedFrom, done(), work());
    }

    /**
     * Takes an unanswered request back, as if it had not been made: its forward failed, perhaps through another
     * sequence's fault, and may have left kept rows half written. They are given up, and the next forward computes all.
     */
    public void withdraw() {
        if (!awaited) {
            throw new IllegalStateException("no request is unanswered");
        }
        release(0);
        free();
        if (!cancelled) {
            kept = open(cache, config.cache().keeps(), canvas.promptLength() + draft.length(), model.spec());
        }
        refresh = startRefresh(config, model.spec());
    }

    /** Ends the decoding: at once where none of its rows is in a forward, else between two layers. */
    public void cancel() {
        cancelled = true;
        free();
    }

    /** Gives the decoding up, cancelled unless it is done, and frees what it keeps. Closing again does nothing. */
    @Override
    public void close() {
        closed = true;
        cancelled = true;
        if (awaited) {
            release(0);
        }
        free();
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

    /** Tokens of the prompt; the generation area begins behind them. */
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
        long layers = model.spec().layers();
        return new Work(
                forwards,
                (layerRows + layers / 2) / layers,
                rowsFull,
                IntStream.of(refreshes).boxed().toList(),
                prefixRows,
                prefixRefusals,
                modelNanos,
                selectNanos,
                endedAt - startedAt);
    }

    /** Leases the kept rows, and says what the coming forward computes and predicts. */
    private void plan() {
        awaited = true;
        int borrowed = 0;
        LayerCache.Sequence sequence = kept;
        if (sequence != null) {
            lost = !sequence.lease();
            borrowed = forwards == 0 && beginning != null ? beginning.borrow(sequence) : 0;
        }
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
                        part.start(),
                        part.end(),
                        canvas::masked,
                        wanted,
                        changed,
                        borrowed,
                        lost && borrowed == 0),
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
        return plan.borrowed() > 0 && plan.refreshFrom() <= refreshes.length;
    }

    /** Leaves what the first forward computed of the prompt's beginning to those that come. */
    private void share() {
        LayerCache.Sequence sequence = kept;
        if (beginning != null && sequence != null && forwards == 0 && plan.borrowed() == 0 && !cancelled) {
            beginning.share(sequence);
        }
    }

    private static RefreshPolicy.Refresh startRefresh(DecodingConfig config, ModelSpec spec) {
        return config.cache().start(spec.layers(), spec.readout().shifted());
    }

    private void change(List<Commit> commits) {
        changed.clear();
        IntStream.concat(commits.stream().mapToInt(Commit::position), back.stream())
                .sorted()
                .forEach(changed::add);
    }

    /** Ends the lease of the kept rows. */
    private void release(long loadNanos) {
        awaited = false;
        LayerCache.Sequence rows = kept;
        if (rows != null) {
            rows.release(loadNanos);
        }
    }

    private void free() {
        LayerCache.Sequence rows = kept;
        if (rows != null) {
            rows.close();
        }
    }

    /** Adds a forward of the plan as it went; guidance ran it twice. */
    private void count() {
        int guided = config.guidance().given() ? 2 : 1;
        int layers = model.spec().layers();
        rowsFull += (long) guided * canvas.length();
        if (refused()) {
            prefixRefusals++;
            layerRows += (long) plan.refreshFrom() * plan.rows().size();
            return;
        }
        prefixRows += plan.borrowed();
        int refreshed = layers - Math.min(plan.refreshFrom(), layers);
        for (int layer = layers - refreshed; layer < layers; layer++) {
            refreshes[layer]++;
        }
        long rows = (long) (layers - refreshed) * plan.rows().size() + (long) refreshed * canvas.length();
        layerRows += guided * rows;
    }

    private static LayerCache.@Nullable Sequence open(LayerCache cache, Keeps keeps, int length, ModelSpec spec) {
        int width = spec.kvWidth();
        return switch (keeps) {
            case NOTHING -> null;
            case KEYS_AND_VALUES -> cache.open(spec.layers(), length, RowWidths.keysAndValues(width));
            case EVERYTHING ->
                cache.open(spec.layers(), length, new RowWidths(spec.hidden(), spec.queryWidth(), width, width));
        };
    }

    private boolean finished() {
        return filled() && (stopped || !refresh.owesForward());
    }

    private boolean filled() {
        return canvas.masks() == 0;
    }

    private int settledEnd() {
        return filled() || config.strategy().revisions() == 0
                ? canvas.settledEnd()
                : config.window().part(canvas).start();
    }

    /** Takes in the next positions of a growing canvas once it is filled; the next forward computes every row. */
    private void grow() {
        if (filled() && canvas.growable()) {
            canvas.grow();
            refresh = startRefresh(config, model.spec());
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
                    "stop is " + config.stop() + "; it would cut off fixed text behind an end, so use stop full");
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
