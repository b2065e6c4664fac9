package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.LayerRows;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowWatch;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.cache.Tracking;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Attention of one segment: over its own rows of the batch, or over its kept rows in place, which the batch's overwrite
 * first. Where a plan tracks attention, two numbers come back from the graph: how much the attention of the compared
 * rows still resembles what the kept rows gave, and how much attention each position gets.
 *
 * <p>Not thread-safe.
 */
final class Attention implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession.SessionOptions options;
    private final Path folder;
    private final ModelSpec spec;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Piece attend;
    /** Loaded on first use, as no policy but one tracks attention. */
    private final Map<Tracking.Along, Piece> compare = new EnumMap<>(Tracking.Along.class);

    private @Nullable Piece probe;
    private @Nullable Piece sum;

    private final Slab oldQueries;
    /** Attention of the compared rows as the kept rows give it, {@code [h, T, N]}. */
    private final Slab before;

    private final Slab compared;
    private final Slab summed;
    private final Slab similarity;
    private final Slab columns;
    private int[] rowOf = {};

    Attention(OrtEnvironment environment, OrtSession.SessionOptions options, Path folder, ModelSpec spec) {
        this.environment = environment;
        this.options = options;
        this.folder = folder;
        this.spec = spec;
        oldQueries = own(Slab.floats(environment, spec.queryWidth()));
        before = own(Slab.floats(environment));
        compared = own(Slab.longs(environment));
        summed = own(Slab.longs(environment));
        similarity = own(Slab.floats(environment));
        columns = own(Slab.floats(environment));
        similarity.reserve(1);
        attend = own(GraphShapes.attention(spec, open(PieceNames.ATTEND, Set.of("q", "k", "v"))));
    }

    /**
     * Attends in one layer, and tells the plan's tracking what it asked for.
     *
     * @param offset the segment's first row in the batch
     */
    void attend(int layer, Segment segment, int offset, Slab q, Slab k, Slab v, Slab a) {
        SequenceRows kept = segment.request().kept();
        int rows = segment.rows();
        if (kept != null) {
            attend(layer, kept.layer(layer), segment, offset, q, k, v, a);
            return;
        }
        for (int copy = offset; copy < offset + segment.batchRows(); copy += rows) {
            attend.run(
                    Map.of("q", q.tensor(copy, rows), "k", k.tensor(copy, rows), "v", v.tensor(copy, rows)),
                    Map.of("a", a.tensor(copy, rows)));
        }
    }

    private void attend(int layer, LayerRows kept, Segment segment, int offset, Slab q, Slab k, Slab v, Slab a) {
        Tracking tracking = segment.request().plan().tracking();
        int length = segment.request().canvas().length();
        OnnxTensor queries = q.tensor(offset, segment.rows());
        OnnxTensor attended = a.tensor(offset, segment.rows());
        try (OnnxTensor keys = rows(kept.keys(), length);
                OnnxTensor values = rows(kept.values(), length)) {
            boolean compares = tracking != null
                    && segment.reuses(layer)
                    && !tracking.compared().isEmpty();
            if (tracking != null && compares) {
                fillBehindBorrowed(kept, segment, tracking, offset, k, v);
                probe(kept, tracking.compared(), keys, length);
            }
            measure(layer, kept, segment, offset, v.floats());
            kept.write(segment.positions(), k.floats(), v.floats(), offset);
            if (kept.keepsInputs()) {
                kept.writeQueries(segment.positions(), q.floats(), offset);
            }
            if (tracking == null) {
                attend.run(Map.of("q", queries, "k", keys, "v", values), Map.of("a", attended));
                return;
            }
            index(segment);
            rowsOf(tracking.summed(), summed);
            columns.reserve(length);
            if (compares) {
                compare(tracking, queries, keys, values, attended, length);
                if (tracking.stale(layer, similarity.floats().get(0))) {
                    segment.request().plan().refreshFrom(layer + 1);
                }
            } else {
                sum(tracking, queries, keys, values, attended, length);
            }
            tracking.attended(layer, columns.floats());
        } catch (OrtException e) {
            throw new ModelException("no tensor over kept rows: " + OrtProcess.firstLine(e), e);
        }
    }

    /** Where a prefix is borrowed, nothing is kept behind it yet; the old attention is then that over the new rows. */
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

    /** Attention of the compared rows as the kept rows give it, before this forward overwrites any. */
    private void probe(LayerRows kept, Positions positions, OnnxTensor keys, int length) {
        Piece piece = probe;
        if (piece == null) {
            piece = own(open(PieceNames.PROBE, Set.of("q", "k")));
            probe = piece;
        }
        oldQueries.reserve(positions.size());
        before.row(positions.size(), length);
        before.reserve(spec.heads());
        kept.readQueries(positions, oldQueries.floats());
        piece.run(
                Map.of("q", oldQueries.tensor(0, positions.size()), "k", keys),
                Map.of("before", before.tensor(0, spec.heads())));
    }

    private void compare(
            Tracking tracking, OnnxTensor q, OnnxTensor keys, OnnxTensor values, OnnxTensor a, int length) {
        Piece piece = compare.computeIfAbsent(
                tracking.along(),
                along -> own(open(
                        along == Tracking.Along.HEADS
                                ? PieceNames.ATTEND_COMPARE_HEADS
                                : PieceNames.ATTEND_COMPARE_KEYS,
                        Set.of("q", "k", "v", "before", "compared", "summed"))));
        rowsOf(tracking.compared(), compared);
        int rows = tracking.compared().size();
        piece.run(
                Map.of(
                        "q",
                        q,
                        "k",
                        keys,
                        "v",
                        values,
                        "before",
                        before.tensor(0, spec.heads()),
                        "compared",
                        compared.tensor(0, rows),
                        "summed",
                        summed.tensor(0, tracking.summed().size())),
                Map.of("a", a, "similarity", similarity.tensor(0, 1), "columns", columns.tensor(0, length)));
    }

    private void sum(Tracking tracking, OnnxTensor q, OnnxTensor keys, OnnxTensor values, OnnxTensor a, int length) {
        Piece piece = sum;
        if (piece == null) {
            piece = own(open(PieceNames.ATTEND_SUM, Set.of("q", "k", "v", "summed")));
            sum = piece;
        }
        piece.run(
                Map.of(
                        "q",
                        q,
                        "k",
                        keys,
                        "v",
                        values,
                        "summed",
                        summed.tensor(0, tracking.summed().size())),
                Map.of("a", a, "columns", columns.tensor(0, length)));
    }

    private void index(Segment segment) {
        if (rowOf.length < segment.request().canvas().length()) {
            rowOf = new int[segment.request().canvas().length()];
        }
        segment.index(rowOf);
    }

    /** Writes which of the segment's rows compute some positions. */
    private void rowsOf(Positions positions, Slab target) {
        target.reserve(positions.size());
        LongBuffer longs = target.longs();
        for (int i = 0; i < positions.size(); i++) {
            longs.put(i, rowOf[positions.get(i)]);
        }
    }

    private OnnxTensor rows(FloatBuffer kept, int length) throws OrtException {
        long[] shape = {length, spec.kvHeads(), spec.headWidth()};
        return OnnxTensor.createTensor(environment, kept.slice(0, length * spec.kvWidth()), shape);
    }

    private Piece open(String file, Set<String> inputs) {
        return Piece.open(environment, options, folder.resolve(file), inputs);
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
