package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.RowRangeException;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From token ids to the rows after the last layer, for the segments of a batch. Matrix products run over all rows at
 * once; attention runs segment by segment, over the segment's own keys and values in place.
 *
 * <p>A batch has at least two rows: one row alone would take a matrix-vector kernel whose sums round differently, and
 * an answer would depend on its neighbours.
 *
 * <p>Not thread-safe.
 */
final class Transformer implements AutoCloseable {
    /** Copies of a row that a run of mix holds at once, as wide as the feed-forward part and as the model. */
    private static final int HELD_INNER = 4;

    private static final int HELD_OUTER = 3;

    /** Copies of a row, as wide as the model, for each expert that it chooses: before it, after it, and put together. */
    private static final long HELD_PAIR = 3;

    private final ModelSpec spec;
    private final long scratchBytes;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Piece embed;
    private final Attention attention;
    private final List<Piece> project = new ArrayList<>();
    private final List<Mix> mix = new ArrayList<>();

    /** Null where no layer has experts. */
    private final @Nullable ExpertRows expertRows;

    private final Slab ids;
    private final Angles angles;
    private final Slab q;
    private final Slab k;
    private final Slab v;
    private final Slab a;
    private final List<Slab> slabs;
    private Slab x;
    private Slab y;

    Transformer(
            OrtEnvironment environment,
            OrtSession.SessionOptions options,
            Path folder,
            ModelSpec spec,
            long scratchBytes) {
        this(environment, options, folder, spec, scratchBytes, Piece::open);
    }

    /** @param opener of the pieces with weights */
    Transformer(
            OrtEnvironment environment,
            OrtSession.SessionOptions options,
            Path folder,
            ModelSpec spec,
            long scratchBytes,
            Piece.Opener opener) {
        this.spec = spec;
        this.scratchBytes = scratchBytes;
        ids = Slab.longs(environment);
        angles = own(new Angles(environment, spec));
        q = Slab.floats(environment, spec.queryWidth());
        k = Slab.floats(environment, spec.kvHeads(), spec.headWidth());
        v = Slab.floats(environment, spec.kvHeads(), spec.headWidth());
        a = Slab.floats(environment, spec.queryWidth());
        x = Slab.floats(environment, spec.hidden());
        y = Slab.floats(environment, spec.hidden());
        slabs = List.of(ids, q, k, v, a, x, y);
        owned.addAll(slabs);
        try {
            Loader load = (file, inputs) -> own(opener.open(environment, options, folder.resolve(file), inputs));
            embed = load.piece(PieceNames.EMBED, Set.of("ids"));
            // One session for all layers, run for each stretch: an arena saves it page faults.
            OrtProcess.arena(options, true);
            attention = own(new Attention(environment, options, folder, spec, scratchBytes));
            OrtProcess.arena(options, false);
            expertRows = spec.feedForward() instanceof Experts experts
                    ? own(new ExpertRows(environment, spec, experts))
                    : null;
            for (Layer layer : SideBySide.map(spec.layers(), layer -> layer(layer, load))) {
                project.add(layer.project());
                mix.add(layer.mix());
            }
            GraphShapes.requireTransformer(spec, embed, project);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Runs every layer. Segments whose request is cancelled leave the list between two layers.
     *
     * @return rows after the last layer, those of the remaining segments one after the other
     */
    Slab run(List<Segment> segments) {
        int rows = batchRows(segments);
        int most = Math.max(rows, segments.stream().mapToInt(Segment::mostRows).sum());
        reserve(most);
        feed(segments, rows);
        embed.run(Map.of("ids", ids.tensor(0, rows)), Map.of("x", x.tensor(0, rows)));
        for (int layer = 0; layer < spec.layers(); layer++) {
            if (dropCancelled(segments)) {
                rows = batchRows(segments);
            }
            if (segments.isEmpty()) {
                break;
            }
            try {
                if (keepInputs(layer, segments)) {
                    rows = batchRows(segments);
                }
                layer(layer, segments, rows);
            } catch (RowRangeException e) {
                throw new ModelException(
                        "layer " + (layer + 1) + " of " + spec.layers() + ": " + e.getMessage()
                                + "; keep them in float32 (--cache-type f32), or none (--cache none)",
                        e);
            }
        }
        dropCancelled(segments);
        return x;
    }

    /** Runs a segment by itself; the first piece after which one of its rows holds what is no number. */
    String firstWithoutNumbers(Segment segment) {
        List<Segment> segments = List.of(segment);
        int rows = batchRows(segments);
        reserve(rows);
        feed(segments, rows);
        embed.run(Map.of("ids", ids.tensor(0, rows)), Map.of("x", x.tensor(0, rows)));
        if (!numbers(rows)) {
            return "the embedding";
        }
        for (int layer = 0; layer < spec.layers(); layer++) {
            layer(layer, segments, rows);
            if (!numbers(rows)) {
                return "layer " + (layer + 1) + " of " + spec.layers();
            }
        }
        return "the head";
    }

    private void reserve(int rows) {
        for (Slab slab : slabs) {
            slab.reserve(rows);
        }
        angles.reserve(rows);
    }

    private boolean numbers(int rows) {
        FloatBuffer values = x.floats();
        for (int i = 0; i < rows * spec.hidden(); i++) {
            if (!Float.isFinite(values.get(i))) {
                return false;
            }
        }
        return true;
    }

    private void layer(int layer, List<Segment> segments, int rows) {
        Tiles tiles = Tiles.of(rows, rowBytes(), scratchBytes);
        for (int tile = 0; tile < tiles.count(); tile++) {
            project(layer, tiles.begin(tile), tiles.rows(tile));
        }
        int offset = 0;
        for (Segment segment : segments) {
            attention.attend(layer, segment, offset, q, k, v, a);
            offset += segment.batchRows();
        }
        for (int tile = 0; tile < tiles.count(); tile++) {
            mix.get(layer).run(x, a, y, tiles.begin(tile), tiles.rows(tile));
        }
        swap();
    }

    private void project(int layer, int from, int rows) {
        project.get(layer)
                .run(
                        Map.of(
                                "x", x.tensor(from, rows),
                                "cosines", angles.cosines(layer, from, rows),
                                "sines", angles.sines(layer, from, rows)),
                        Map.of("q", q.tensor(from, rows), "k", k.tensor(from, rows), "v", v.tensor(from, rows)));
    }

    private Layer layer(int layer, Loader load) {
        return new Layer(load.piece(PieceNames.project(layer), Set.of("x", "cosines", "sines")), mix(layer, load));
    }

    private Mix mix(int layer, Loader load) {
        if (expertRows == null || !spec.feedForward().routes(layer)) {
            DenseMix dense = new DenseMix(load.piece(PieceNames.mix(layer), DenseMix.INPUTS));
            dense.require(spec);
            return dense;
        }
        ExpertMix experts = new ExpertMix(
                load.piece(PieceNames.route(layer), ExpertMix.ROUTE_INPUTS),
                load.piece(PieceNames.experts(layer), ExpertMix.EXPERTS_INPUTS),
                expertRows);
        experts.require(spec);
        return experts;
    }

    /** What a run of project or mix holds for a row, besides its inputs and outputs. */
    private long rowBytes() {
        long copies =
                spec.feedForward() instanceof Experts experts ? HELD_OUTER + HELD_PAIR * experts.active() : HELD_OUTER;
        long mixed = (long) HELD_INNER * spec.feedForward().width() + copies * spec.hidden();
        long projected = (long) spec.hidden() + 2L * (spec.queryWidth() + 2L * spec.kvWidth());
        return Math.max(mixed, projected) * Float.BYTES;
    }

    private void swap() {
        Slab swapped = x;
        x = y;
        y = swapped;
    }

    /**
     * Keeps the layer's inputs where a policy asks for them, and puts the kept inputs of every row in the place of a
     * segment's rows where this layer begins to compute all of them.
     *
     * @return whether the batch has more rows now
     */
    private boolean keepInputs(int layer, List<Segment> segments) {
        boolean widens = false;
        int offset = 0;
        for (Segment segment : segments) {
            SequenceRows kept = segment.request().kept();
            if (kept != null && kept.layer(layer).keepsInputs()) {
                kept.layer(layer).writeInputs(segment.positions(), x.floats(), offset);
                widens |= segment.widensAt(layer);
            }
            offset += segment.batchRows();
        }
        if (widens) {
            widen(layer, segments);
        }
        return widens;
    }

    private void widen(int layer, List<Segment> segments) {
        int from = 0;
        int to = 0;
        for (Segment segment : segments) {
            SequenceRows kept = segment.request().kept();
            int rows = segment.batchRows();
            if (kept != null && segment.widensAt(layer)) {
                segment.widen();
                kept.layer(layer).readInputs(segment.rows(), y.floats(), to);
            } else {
                for (int row = 0; row < rows; row++) {
                    y.copyRow(to + row, x, from + row);
                }
            }
            from += rows;
            to += segment.batchRows();
        }
        swap();
        turn(segments);
    }

    private void feed(List<Segment> segments, int rows) {
        LongBuffer tokens = ids.longs();
        int next = 0;
        for (Segment segment : segments) {
            for (int row = 0; row < segment.batchRows(); row++) {
                tokens.put(next++, segment.token(row, spec.maskToken()));
            }
        }
        for (; next < rows; next++) {
            tokens.put(next, spec.maskToken());
        }
        turn(segments);
    }

    /** Writes the angles of every row of the batch. */
    private void turn(List<Segment> segments) {
        int next = 0;
        for (Segment segment : segments) {
            for (int row = 0; row < segment.batchRows(); row++) {
                angles.put(next++, segment.position(row));
            }
        }
        for (; next < batchRows(segments); next++) {
            angles.put(next, 0);
        }
    }

    private static int batchRows(List<Segment> segments) {
        int rows = 0;
        for (Segment segment : segments) {
            rows += segment.batchRows();
        }
        return Math.max(2, rows);
    }

    /** Takes cancelled segments out and moves the rows of the others together; says whether any left. */
    private boolean dropCancelled(List<Segment> segments) {
        int from = 0;
        int to = 0;
        int remaining = 0;
        for (Segment segment : segments) {
            int rows = segment.batchRows();
            if (!segment.request().cancelled().getAsBoolean()) {
                if (to < from) {
                    x.moveRows(from, to, rows);
                    angles.moveRows(from, to, rows);
                }
                segments.set(remaining++, segment);
                to += rows;
            }
            from += rows;
        }
        segments.subList(remaining, segments.size()).clear();
        return to < from;
    }

    @Override
    public void close() {
        Closing.all(owned);
    }

    /** Several threads open the layers. */
    private synchronized <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    private record Layer(Piece project, Mix mix) {}

    private interface Loader {
        Piece piece(String file, Set<String> inputs);
    }
}
