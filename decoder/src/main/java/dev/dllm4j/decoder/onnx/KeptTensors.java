package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.LayerRows;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A layer's kept keys and values as attention takes them: float32 rows in place, float16 rows widened into memory that
 * all layers share. One layer at a time; tensors are valid until {@link #release}.
 *
 * <p>Not thread-safe.
 */
final class KeptTensors implements AutoCloseable {
    /** How much longer a row takes that is widened by itself than one among all. */
    private static final int DEAR = 4;

    private final OrtEnvironment environment;
    private final OrtSession.SessionOptions options;
    private final Path folder;
    private final ModelSpec spec;
    private final Slab wideKeys;
    private final Slab wideValues;
    /** Over rows in place, to be closed. */
    private final List<OnnxTensor> inPlace = new ArrayList<>();
    /** Loaded on first use. */
    private @Nullable Piece widen;

    KeptTensors(OrtEnvironment environment, OrtSession.SessionOptions options, Path folder, ModelSpec spec) {
        this.environment = environment;
        this.options = options;
        this.folder = folder;
        this.spec = spec;
        wideKeys = Slab.floats(environment, spec.kvHeads(), spec.headWidth());
        wideValues = Slab.floats(environment, spec.kvHeads(), spec.headWidth());
    }

    /** Reads the keys of positions {@code [from, to)} as they are now; float32 rows are read where they lie. */
    void readKeys(LayerRows kept, int from, int to) {
        if (kept.type() == RowType.F16) {
            widen(kept.halfKeys(), wideKeys, from, to);
        }
    }

    /** As {@link #readKeys}. */
    void readValues(LayerRows kept, int from, int to) {
        if (kept.type() == RowType.F16) {
            widen(kept.halfValues(), wideValues, from, to);
        }
    }

    /** Reads, of the keys of the first positions, which were read before, those that were written since. */
    void readKeysAgain(LayerRows kept, Positions written, int to) {
        if (written.size() > to / DEAR) {
            readKeys(kept, 0, to);
        } else if (kept.type() == RowType.F16) {
            kept.readKeys(written, wideKeys.floats());
        }
    }

    /** Keys of positions that were read. */
    OnnxTensor keys(LayerRows kept, int from, int count) {
        return kept.type() == RowType.F16 ? wideKeys.tensor(from, count) : inPlace(kept.keys(), from, count);
    }

    /** Values of positions that were read. */
    OnnxTensor values(LayerRows kept, int from, int count) {
        return kept.type() == RowType.F16 ? wideValues.tensor(from, count) : inPlace(kept.values(), from, count);
    }

    /** The keys that were read, {@code [positions, kv·w]}. */
    FloatBuffer keyRows(LayerRows kept) {
        return kept.type() == RowType.F16 ? wideKeys.floats() : kept.keys();
    }

    /** Ends the use of a layer's tensors. */
    void release() {
        inPlace.forEach(OnnxTensor::close);
        inPlace.clear();
    }

    private OnnxTensor inPlace(FloatBuffer rows, int from, int count) {
        int width = spec.kvWidth();
        try {
            OnnxTensor tensor =
                    OnnxTensor.createTensor(environment, rows.slice(from * width, count * width), shape(count));
            inPlace.add(tensor);
            return tensor;
        } catch (OrtException e) {
            throw noTensor(e);
        }
    }

    private void widen(ShortBuffer rows, Slab wide, int from, int to) {
        Piece piece = widen;
        if (piece == null) {
            piece = Piece.open(environment, options, folder.resolve(PieceNames.WIDEN), Set.of("rows"));
            widen = piece;
        }
        int width = spec.kvWidth();
        int count = to - from;
        wide.reserve(to);
        ShortBuffer part = rows.slice(from * width, count * width);
        try (OnnxTensor narrow = OnnxTensor.createTensor(environment, part, shape(count), OnnxJavaType.FLOAT16)) {
            piece.run(Map.of("rows", narrow), Map.of("widened", wide.tensor(from, count)));
        } catch (OrtException e) {
            throw noTensor(e);
        }
    }

    private long[] shape(int count) {
        return new long[] {count, spec.kvHeads(), spec.headWidth()};
    }

    private static ModelException noTensor(OrtException e) {
        return new ModelException("no tensor over kept rows: " + OrtProcess.firstLine(e), e);
    }

    @Override
    public void close() {
        release();
        Closing.all(widen == null ? List.of(wideKeys, wideValues) : List.of(wideKeys, wideValues, widen));
    }
}
