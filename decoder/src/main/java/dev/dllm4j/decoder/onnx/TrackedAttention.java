package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.LayerRows;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.Tracking;
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
 * The two numbers that a plan's tracking is told of one layer's attention: how much the attention of the compared rows
 * still resembles what the kept rows gave, and how much attention the summed rows give to each position.
 *
 * <p>Where all rows' attention fits into the scratch memory, both come of the run that attends. Otherwise the tracked
 * rows are attended once more by themselves, which gives the same bits. Only where they alone do not fit either are they
 * taken stretch by stretch, and sum and mean are then rounded stretch by stretch.
 *
 * <p>Not thread-safe.
 */
final class TrackedAttention implements AutoCloseable {
    /** Matrices of attention that a run holds at once: of a row of the batch, a summed row, a compared row. */
    private static final int HELD = 2;

    private static final int HELD_TO_SUM = 1;
    private static final int HELD_TO_COMPARE = 5;

    private final OrtEnvironment environment;
    private final OrtSession.SessionOptions options;
    private final Path folder;
    private final ModelSpec spec;
    private final long scratchBytes;
    private final List<AutoCloseable> owned = new ArrayList<>();
    /** Loaded on first use, as no policy but one tracks attention. */
    private final Map<Tracking.Along, Piece> compare = new EnumMap<>(Tracking.Along.class);

    private @Nullable Piece probe;
    private @Nullable Piece sum;

    private final Slab oldQueries;
    /** Keys as they were kept, where the compared rows are taken in several stretches. */
    private final Slab oldKeys;
    /** Attention of the compared rows as the kept rows give it, {@code [h, T, N]}. */
    private final Slab before;

    private final Slab compared;
    private final Slab summed;
    private final Slab similarity;
    private final Slab columns;
    /** Queries and attention of tracked rows that are attended by themselves. */
    private final Slab queries;

    private final Slab attended;
    private float[] totals = {};

    TrackedAttention(
            OrtEnvironment environment,
            OrtSession.SessionOptions options,
            Path folder,
            ModelSpec spec,
            long scratchBytes) {
        this.environment = environment;
        this.options = options;
        this.folder = folder;
        this.spec = spec;
        this.scratchBytes = scratchBytes;
        oldQueries = own(Slab.floats(environment, spec.queryWidth()));
        oldKeys = own(Slab.floats(environment, spec.kvHeads(), spec.headWidth()));
        before = own(Slab.floats(environment));
        compared = own(Slab.longs(environment));
        summed = own(Slab.longs(environment));
        similarity = own(Slab.floats(environment));
        columns = own(Slab.floats(environment));
        queries = own(Slab.floats(environment, spec.queryWidth()));
        attended = own(Slab.floats(environment, spec.queryWidth()));
        similarity.reserve(1);
    }

    /** Whether the attention of a segment's rows, and what is tracked of it, fits into the scratch memory at once. */
    boolean fits(int rows, Tracking tracking, int length) {
        long held = (long) HELD * rows
                + (long) HELD_TO_SUM * tracking.summed().size()
                + (long) HELD_TO_COMPARE * tracking.compared().size();
        return held * rowBytes(length) <= scratchBytes;
    }

    /**
     * Takes down what the kept rows give, before this forward overwrites any.
     *
     * @param keyRows what {@code keys} is over
     */
    void remember(LayerRows kept, Positions positions, OnnxTensor keys, FloatBuffer keyRows, int length) {
        oldQueries.reserve(positions.size());
        kept.readQueries(positions, oldQueries.floats());
        if (comparisons(positions, length).count() == 1) {
            probe(0, positions.size(), keys, length);
        } else {
            oldKeys.reserve(length);
            oldKeys.floats().put(0, keyRows, 0, length * spec.kvWidth());
        }
    }

    /**
     * Attends all rows and tracks them, in one run.
     *
     * @param rowOf which row computes a position
     * @return how much the attention of the compared rows resembles what was remembered; 1 where none is compared
     */
    float attend(
            Tracking tracking,
            boolean compares,
            int[] rowOf,
            OnnxTensor q,
            OnnxTensor keys,
            OnnxTensor values,
            OnnxTensor a,
            int length) {
        columns.reserve(length);
        rowsOf(tracking.summed(), rowOf, summed);
        if (!compares) {
            sum(q, keys, values, a, tracking.summed().size(), length);
            return 1;
        }
        rowsOf(tracking.compared(), rowOf, compared);
        compare(
                tracking.along(),
                q,
                keys,
                values,
                a,
                tracking.compared().size(),
                tracking.summed().size(),
                length);
        return similarity.floats().get(0);
    }

    /**
     * Tracks rows that are attended already, by attending the tracked ones once more.
     *
     * @param offset the segment's first row in the batch
     * @return as {@link #attend}
     */
    float track(
            Tracking tracking,
            boolean compares,
            int[] rowOf,
            Slab q,
            int offset,
            OnnxTensor keys,
            OnnxTensor values,
            int length) {
        columns.reserve(length);
        float similar = compares ? compareInTiles(tracking, rowOf, q, offset, keys, values, length) : 1;
        sumInTiles(tracking.summed(), rowOf, q, offset, keys, values, length);
        return similar;
    }

    /** Attention of the summed rows to each position, over all heads. */
    FloatBuffer columns() {
        return columns.floats();
    }

    private float compareInTiles(
            Tracking tracking, int[] rowOf, Slab q, int offset, OnnxTensor keys, OnnxTensor values, int length) {
        Tiles tiles = comparisons(tracking.compared(), length);
        double total = 0;
        for (int tile = 0; tile < tiles.count(); tile++) {
            int rows = tiles.rows(tile);
            if (tiles.count() > 1) {
                probe(tiles.begin(tile), rows, oldKeys.tensor(0, length), length);
            }
            int gathered = gather(tracking.compared(), tiles.begin(tile), rows, rowOf, q, offset);
            count(compared, rows);
            count(summed, 1);
            compare(
                    tracking.along(),
                    queries.tensor(0, gathered),
                    keys,
                    values,
                    attended.tensor(0, gathered),
                    rows,
                    1,
                    length);
            if (tiles.count() == 1) {
                return similarity.floats().get(0);
            }
            total += (double) similarity.floats().get(0) * rows;
        }
        return (float) (total / tiles.rows());
    }

    private void sumInTiles(
            Positions positions, int[] rowOf, Slab q, int offset, OnnxTensor keys, OnnxTensor values, int length) {
        Tiles tiles = Tiles.of(positions.size(), (HELD + HELD_TO_SUM) * rowBytes(length), scratchBytes);
        FloatBuffer sums = columns.floats();
        if (tiles.count() != 1) {
            totals = totals.length < length ? new float[length] : totals;
            java.util.Arrays.fill(totals, 0);
        }
        for (int tile = 0; tile < tiles.count(); tile++) {
            int rows = tiles.rows(tile);
            int gathered = gather(positions, tiles.begin(tile), rows, rowOf, q, offset);
            count(summed, rows);
            sum(queries.tensor(0, gathered), keys, values, attended.tensor(0, gathered), rows, length);
            for (int key = 0; tiles.count() > 1 && key < length; key++) {
                totals[key] += sums.get(key);
            }
        }
        if (tiles.count() != 1) {
            sums.put(0, totals, 0, length);
        }
    }

    /** Copies the queries of some positions; at least two rows, as one alone would round differently. */
    private int gather(Positions positions, int from, int rows, int[] rowOf, Slab q, int offset) {
        int gathered = Math.max(2, rows);
        queries.reserve(gathered);
        attended.reserve(gathered);
        for (int row = 0; row < gathered; row++) {
            int position = positions.get(from + Math.min(row, rows - 1));
            queries.copyRow(row, q, offset + rowOf[position]);
        }
        return gathered;
    }

    private Tiles comparisons(Positions positions, int length) {
        return Tiles.of(positions.size(), (HELD + HELD_TO_COMPARE) * rowBytes(length), scratchBytes);
    }

    /** Of one row's attention, over all heads. */
    private long rowBytes(int length) {
        return (long) spec.heads() * length * Float.BYTES;
    }

    private void probe(int from, int rows, OnnxTensor keys, int length) {
        Piece piece = probe;
        if (piece == null) {
            piece = own(open(PieceNames.PROBE, Set.of("q", "k")));
            probe = piece;
        }
        before.row(rows, length);
        before.reserve(spec.heads());
        piece.run(
                Map.of("q", oldQueries.tensor(from, rows), "k", keys),
                Map.of("before", before.tensor(0, spec.heads())));
    }

    private void compare(
            Tracking.Along along,
            OnnxTensor q,
            OnnxTensor keys,
            OnnxTensor values,
            OnnxTensor a,
            int comparedRows,
            int summedRows,
            int length) {
        Piece piece = compare.computeIfAbsent(
                along,
                one -> own(open(
                        one == Tracking.Along.HEADS ? PieceNames.ATTEND_COMPARE_HEADS : PieceNames.ATTEND_COMPARE_KEYS,
                        Set.of("q", "k", "v", "before", "compared", "summed"))));
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
                        compared.tensor(0, comparedRows),
                        "summed",
                        summed.tensor(0, summedRows)),
                Map.of("a", a, "similarity", similarity.tensor(0, 1), "columns", columns.tensor(0, length)));
    }

    private void sum(OnnxTensor q, OnnxTensor keys, OnnxTensor values, OnnxTensor a, int rows, int length) {
        Piece piece = sum;
        if (piece == null) {
            piece = own(open(PieceNames.ATTEND_SUM, Set.of("q", "k", "v", "summed")));
            sum = piece;
        }
        piece.run(
                Map.of("q", q, "k", keys, "v", values, "summed", summed.tensor(0, rows)),
                Map.of("a", a, "columns", columns.tensor(0, length)));
    }

    /** Writes which rows compute some positions. */
    private static void rowsOf(Positions positions, int[] rowOf, Slab target) {
        target.reserve(positions.size());
        LongBuffer longs = target.longs();
        for (int i = 0; i < positions.size(); i++) {
            longs.put(i, rowOf[positions.get(i)]);
        }
    }

    /** Writes 0, 1, 2 and so on. */
    private static void count(Slab target, int rows) {
        target.reserve(rows);
        for (int row = 0; row < rows; row++) {
            target.longs().put(row, row);
        }
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
