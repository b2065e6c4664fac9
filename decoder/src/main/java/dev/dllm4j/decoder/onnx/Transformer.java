package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.LayerRows;
import dev.dllm4j.cache.SequenceRows;
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

/**
 * From token ids to the rows behind the last layer, for the segments of a batch. Matrix products run over all rows at
 * once; attention runs segment by segment, over the segment's own keys and values in place.
 *
 * <p>A batch has at least two rows: one row alone would take a matrix-vector kernel whose sums round differently, and
 * an answer would depend on its neighbours.
 *
 * <p>Not thread-safe.
 */
final class Transformer implements AutoCloseable {
    private final OrtEnvironment environment;
    private final ModelSpec spec;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Piece embed;
    private final Piece attend;
    private final List<Piece> project = new ArrayList<>();
    private final List<Piece> mix = new ArrayList<>();

    private final Rotation rotation;

    private final Slab ids;
    private final Slab cosines;
    private final Slab sines;
    private final Slab q;
    private final Slab k;
    private final Slab v;
    private final Slab a;
    private final List<Slab> slabs;
    private Slab x;
    private Slab y;

    Transformer(OrtEnvironment environment, OrtSession.SessionOptions options, Path folder, ModelSpec spec) {
        this.environment = environment;
        this.spec = spec;
        int half = spec.headWidth() / 2;
        rotation = new Rotation(spec);
        ids = Slab.longs(environment);
        cosines = Slab.floats(environment, half);
        sines = Slab.floats(environment, half);
        q = Slab.floats(environment, spec.queryWidth());
        k = Slab.floats(environment, spec.kvWidth());
        v = Slab.floats(environment, spec.kvWidth());
        a = Slab.floats(environment, spec.queryWidth());
        x = Slab.floats(environment, spec.hidden());
        y = Slab.floats(environment, spec.hidden());
        slabs = List.of(ids, cosines, sines, q, k, v, a, x, y);
        owned.addAll(slabs);
        try {
            Loader load = (file, inputs) -> own(Piece.open(environment, options, folder.resolve(file), inputs));
            embed = load.piece(PieceNames.EMBED, Set.of("ids"));
            attend = load.piece(PieceNames.ATTEND, Set.of("q", "k", "v"));
            for (int layer = 0; layer < spec.layers(); layer++) {
                project.add(load.piece(PieceNames.project(layer), Set.of("x", "cosines", "sines")));
                mix.add(load.piece(PieceNames.mix(layer), Set.of("x", "a")));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Runs every layer. Segments whose request is cancelled leave the list between two layers.
     *
     * @return rows behind the last layer, those of the remaining segments one after the other
     */
    Slab run(List<Segment> segments) {
        int rows = batchRows(segments);
        for (Slab slab : slabs) {
            slab.reserve(rows);
        }
        feed(segments, rows);
        embed.run(Map.of("ids", ids.tensor(0, rows)), Map.of("x", x.tensor(0, rows)));
        for (int layer = 0; layer < spec.layers(); layer++) {
            if (dropCancelled(segments)) {
                rows = batchRows(segments);
            }
            if (segments.isEmpty()) {
                break;
            }
            layer(layer, segments, rows);
        }
        dropCancelled(segments);
        return x;
    }

    /** Runs a segment by itself; the first piece behind which one of its rows holds what is no number. */
    String firstWithoutNumbers(Segment segment) {
        List<Segment> segments = List.of(segment);
        int rows = batchRows(segments);
        for (Slab slab : slabs) {
            slab.reserve(rows);
        }
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
        project.get(layer)
                .run(
                        Map.of(
                                "x", x.tensor(0, rows),
                                "cosines", cosines.tensor(0, rows),
                                "sines", sines.tensor(0, rows)),
                        Map.of("q", q.tensor(0, rows), "k", k.tensor(0, rows), "v", v.tensor(0, rows)));
        int offset = 0;
        for (Segment segment : segments) {
            attend(layer, segment, offset);
            offset += segment.batchRows();
        }
        mix.get(layer).run(Map.of("x", x.tensor(0, rows), "a", a.tensor(0, rows)), Map.of("y", y.tensor(0, rows)));
        Slab swapped = x;
        x = y;
        y = swapped;
    }

    private void attend(int layer, Segment segment, int offset) {
        SequenceRows kept = segment.request().kept();
        int rows = segment.rows();
        if (kept != null) {
            attendKept(kept.layer(layer), segment, offset);
            return;
        }
        for (int copy = offset; copy < offset + segment.batchRows(); copy += rows) {
            attend(copy, rows, k.tensor(copy, rows), v.tensor(copy, rows));
        }
    }

    private void attendKept(LayerRows kept, Segment segment, int offset) {
        kept.write(segment.positions(), k.floats(), v.floats(), offset);
        long[] shape = {segment.request().canvas().length(), spec.kvWidth()};
        int floats = Math.toIntExact(shape[0] * shape[1]);
        try (OnnxTensor keys = OnnxTensor.createTensor(environment, kept.keys().slice(0, floats), shape);
                OnnxTensor values =
                        OnnxTensor.createTensor(environment, kept.values().slice(0, floats), shape)) {
            attend(offset, segment.rows(), keys, values);
        } catch (OrtException e) {
            throw new ModelException("no tensor over kept rows: " + OrtProcess.firstLine(e), e);
        }
    }

    private void attend(int offset, int rows, OnnxTensor keys, OnnxTensor values) {
        attend.run(Map.of("q", q.tensor(offset, rows), "k", keys, "v", values), Map.of("a", a.tensor(offset, rows)));
    }

    private void feed(List<Segment> segments, int rows) {
        LongBuffer tokens = ids.longs();
        FloatBuffer cosine = cosines.floats();
        FloatBuffer sine = sines.floats();
        int next = 0;
        for (Segment segment : segments) {
            for (int row = 0; row < segment.batchRows(); row++) {
                tokens.put(next, segment.token(row, spec.maskToken()));
                rotation.put(segment.position(row), cosine, sine, next);
                next++;
            }
        }
        for (; next < rows; next++) {
            tokens.put(next, spec.maskToken());
            rotation.put(0, cosine, sine, next);
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
                    cosines.moveRows(from, to, rows);
                    sines.moveRows(from, to, rows);
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

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    private interface Loader {
        Piece piece(String file, Set<String> inputs);
    }
}
