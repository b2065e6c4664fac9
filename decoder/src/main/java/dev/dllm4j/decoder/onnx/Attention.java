package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.LayerRows;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowRangeException;
import dev.dllm4j.cache.RowWatch;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.cache.Tracking;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import dev.dllm4j.decoder.model.Sight;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Attention of one segment: over its own rows of the batch, or over its kept rows in place, which the batch's overwrite
 * first. Scores are as large as queries times keys, so queries are attended a stretch at a time; what is tracked of
 * attention is {@link TrackedAttention}'s.
 *
 * <p>Not thread-safe.
 */
final class Attention implements AutoCloseable {
    /** Copies of a row's attention scores that a run holds at once: the scores, and what softmax makes of them. */
    private static final int HELD = 2;

    private static final int HELD_MASKED = 3;

    private final ModelSpec spec;
    private final long scratchBytes;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Piece attend;
    /** Null where no model of this sight needs one. */
    private final @Nullable Piece masked;

    private final Slab bias;
    private final Slab twoQueries;
    private final Slab twoAttended;
    private final KeptTensors tensors;
    private final TrackedAttention tracked;
    private int[] rowOf = {};

    /** @param scratchBytes that scores may take; see {@link RuntimeOptions} */
    Attention(
            OrtEnvironment environment,
            OrtSession.SessionOptions options,
            Path folder,
            ModelSpec spec,
            long scratchBytes) {
        this.spec = spec;
        this.scratchBytes = scratchBytes;
        attend = own(GraphShapes.attention(
                spec, Piece.open(environment, options, folder.resolve(PieceNames.ATTEND), Set.of("q", "k", "v"))));
        masked = spec.sight().masks()
                ? own(GraphShapes.attention(
                        spec,
                        Piece.open(
                                environment,
                                options,
                                folder.resolve(PieceNames.ATTEND_MASKED),
                                Set.of("q", "k", "v", "bias"))))
                : null;
        bias = own(Slab.floats(environment));
        twoQueries = own(Slab.floats(environment, spec.queryWidth()));
        twoAttended = own(Slab.floats(environment, spec.queryWidth()));
        twoQueries.reserve(2);
        twoAttended.reserve(2);
        tensors = own(new KeptTensors(environment, options, folder, spec));
        tracked = own(new TrackedAttention(environment, options, folder, spec, scratchBytes));
    }

    /**
     * Attends in one layer, and tells the plan's tracking what it asked for. Keys and values count as they are kept,
     * also those of this forward's rows.
     *
     * @param offset the segment's first row in the batch
     * @throws RowRangeException where one cannot be kept
     */
    void attend(int layer, Segment segment, int offset, Slab q, Slab k, Slab v, Slab a) {
        SequenceRows kept = segment.request().kept();
        int rows = segment.rows();
        if (kept != null) {
            attend(layer, kept.layer(layer), segment, offset, q, k, v, a);
            return;
        }
        int width = spec.kvWidth();
        segment.request().rowType().round(k.floats(), offset * width, segment.batchRows() * width);
        segment.request().rowType().round(v.floats(), offset * width, segment.batchRows() * width);
        Spans spans = Spans.of(spec.sight(), layer, segment);
        for (Scope scope : spans.scopes()) {
            int first = scope.firstKey();
            for (int copy = offset; copy < offset + segment.batchRows(); copy += rows) {
                OnnxTensor keys = k.tensor(copy + first, scope.keys());
                attend(q, copy, spans, scope, keys, v.tensor(copy + first, scope.keys()), a);
            }
        }
    }

    /**
     * Attends a scope's rows, as many at once as the scratch memory has room for.
     *
     * @param offset of the scope's copy in the batch
     */
    private void attend(Slab q, int offset, Spans spans, Scope scope, OnnxTensor keys, OnnxTensor values, Slab a) {
        if (scope.masked()) {
            bias.row(scope.keys());
            bias.reserve(scope.rows());
            spans.mask(scope, bias.floats());
        }
        Tiles tiles = tiles(scope);
        for (int tile = 0; tile < tiles.count(); tile++) {
            int begin = tiles.begin(tile);
            int rows = tiles.rows(tile);
            OnnxTensor queries = q.tensor(offset + scope.begin() + begin, rows);
            OnnxTensor attended = a.tensor(offset + scope.begin() + begin, rows);
            if (masked != null && rows == 1) {
                attendTwice(q, offset + scope.begin(), keys, values, a);
            } else if (masked != null && scope.masked()) {
                OnnxTensor hidden = bias.tensor(begin, rows);
                masked.run(Map.of("q", queries, "k", keys, "v", values, "bias", hidden), Map.of("a", attended));
            } else {
                attend.run(Map.of("q", queries, "k", keys, "v", values), Map.of("a", attended));
            }
        }
    }

    /** A row by itself sums in another order than among others: where it may be either, it is given a second one. */
    private void attendTwice(Slab q, int row, OnnxTensor keys, OnnxTensor values, Slab a) {
        for (int copy = 0; copy < 2; copy++) {
            twoQueries.copyRow(copy, q, row);
        }
        attend.run(Map.of("q", twoQueries.tensor(0, 2), "k", keys, "v", values), Map.of("a", twoAttended.tensor(0, 2)));
        a.copyRow(row, twoAttended, 0);
    }

    private Tiles tiles(Scope scope) {
        long held = scope.masked() ? HELD_MASKED : HELD;
        return Tiles.of(scope.rows(), held * spec.heads() * scope.keys() * Float.BYTES, scratchBytes);
    }

    private void attend(int layer, LayerRows kept, Segment segment, int offset, Slab q, Slab k, Slab v, Slab a) {
        Tracking tracking = segment.request().plan().tracking();
        if (tracking != null) {
            track(layer, kept, segment, tracking, offset, q, k, v, a);
            return;
        }
        measure(layer, kept, segment, offset, v.floats());
        write(kept, segment, offset, q, k, v);
        Spans spans = Spans.of(spec.sight(), layer, segment);
        List<Scope> scopes = spans.scopes();
        int from = segment.keys();
        int to = 0;
        for (Scope scope : scopes) {
            from = Math.min(from, scope.firstKey());
            to = Math.max(to, scope.firstKey() + scope.keys());
        }
        tensors.readKeys(kept, from, to);
        tensors.readValues(kept, from, to);
        for (Scope scope : scopes) {
            try {
                OnnxTensor keys = tensors.keys(kept, scope.firstKey(), scope.keys());
                OnnxTensor values = tensors.values(kept, scope.firstKey(), scope.keys());
                attend(q, offset, spans, scope, keys, values, a);
            } finally {
                tensors.release();
            }
        }
    }

    private void track(
            int layer, LayerRows kept, Segment segment, Tracking tracking, int offset, Slab q, Slab k, Slab v, Slab a) {
        if (!(spec.sight() instanceof Sight.Everything)) {
            throw new IllegalArgumentException("the model sees " + spec.sight()
                    + "; a cache that tracks attention needs one that sees everything, so use another cache");
        }
        int length = segment.keys();
        int rows = segment.rows();
        try {
            boolean compares = segment.reuses(layer) && !tracking.compared().isEmpty();
            if (compares) {
                fillBehindBorrowed(kept, segment, tracking, offset, k, v);
                tensors.readKeys(kept, 0, length);
                tracked.remember(
                        kept, tracking.compared(), tensors.keys(kept, 0, length), tensors.keyRows(kept), length);
            }
            measure(layer, kept, segment, offset, v.floats());
            write(kept, segment, offset, q, k, v);
            if (compares) {
                tensors.readKeysAgain(kept, segment.positions(), length);
            } else {
                tensors.readKeys(kept, 0, length);
            }
            tensors.readValues(kept, 0, length);
            OnnxTensor keys = tensors.keys(kept, 0, length);
            OnnxTensor values = tensors.values(kept, 0, length);
            index(segment);
            float similarity;
            if (tracked.fits(rows, tracking, length)) {
                similarity = tracked.attend(
                        tracking,
                        compares,
                        rowOf,
                        q.tensor(offset, rows),
                        keys,
                        values,
                        a.tensor(offset, rows),
                        length);
            } else {
                Spans spans = Spans.of(spec.sight(), layer, segment);
                attend(q, offset, spans, spans.scopes().get(0), keys, values, a);
                similarity = tracked.track(tracking, compares, rowOf, q, offset, keys, values, length);
            }
            if (compares && tracking.stale(layer, similarity)) {
                segment.request().plan().refreshFrom(layer + 1);
            }
            tracking.attended(layer, tracked.columns());
        } finally {
            tensors.release();
        }
    }

    private static void write(LayerRows kept, Segment segment, int offset, Slab q, Slab k, Slab v) {
        kept.write(segment.positions(), k.floats(), v.floats(), offset);
        if (kept.keepsInputs()) {
            kept.writeQueries(segment.positions(), q.floats(), offset);
        }
    }

    /** Where a prefix is borrowed, nothing is kept after it yet; the old attention is then that over the new rows. */
    private static void fillBehindBorrowed(
            LayerRows kept, Segment segment, Tracking tracking, int offset, Slab k, Slab v) {
        int borrowed = segment.request().plan().borrowed();
        if (borrowed > 0) {
            Positions behind = new Positions(segment.rows());
            behind.addRange(borrowed, segment.request().canvas().length());
            kept.write(
                    behind, k.floats(), v.floats(), offset + tracking.compared().size());
        }
    }

    /** Tells the plan's watch how much the rows computed again resemble the kept ones. */
    private static void measure(int layer, LayerRows kept, Segment segment, int offset, FloatBuffer values) {
        RowWatch watch = segment.request().plan().watch();
        if (watch != null && watch.layer() == layer) {
            for (int row = 0; row < segment.rows(); row++) {
                int position = segment.positions().get(row);
                watch.recomputed(position, kept.valueSimilarity(position, values, offset + row));
            }
        }
    }

    private void index(Segment segment) {
        if (rowOf.length < segment.request().canvas().length()) {
            rowOf = new int[segment.request().canvas().length()];
        }
        segment.index(rowOf);
    }

    @Override
    public void close() {
        Closing.all(owned);
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }
}
