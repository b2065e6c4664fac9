package dev.dllm4j.decoder.convert;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Whole rows of a matrix, a chunk at a time, each row handed to one of the cores. Confined to one thread. */
final class RowChunks {
    private final Transcoder transcoder;
    private final DataType source;
    private final int columns;
    private int done;

    /** @param shape {@code [rows, columns]} */
    RowChunks(Transcoder transcoder, DataType source, List<Long> shape) {
        requireWidth(shape);
        this.transcoder = transcoder;
        this.source = source;
        this.columns = Math.toIntExact(shape.get(1));
    }

    /** @throws IllegalArgumentException where a row is longer than a chunk; the message ends a sentence */
    static void requireWidth(List<Long> shape) {
        if (shape.get(1) > Transcoder.CHUNK) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "has rows of %d numbers; int8 and int4 take %d at most, so convert with --weights f32, f16 or bf16",
                    shape.get(1),
                    Transcoder.CHUNK));
        }
    }

    int columns() {
        return columns;
    }

    /** Room for the codes of a chunk's rows, which all encoders of a transcoder share. */
    byte[] codes() {
        return transcoder.codes();
    }

    /** Numbers of a chunk. */
    int chunk() {
        return Transcoder.CHUNK / columns * columns;
    }

    /**
     * Encodes the rows of a chunk.
     *
     * @return how many they are
     */
    int encode(ByteBuffer chunk, RowEncoder encoder) throws OutOfRangeException {
        float[] values = transcoder.floats(chunk, source);
        int rows = chunk.remaining() / source.bytes() / columns;
        int first = done;
        AtomicReference<@Nullable OutOfRangeException> refused = new AtomicReference<>();
        IntStream.range(0, rows).parallel().forEach(row -> {
            try {
                encoder.encode(values, row * columns, row, first + row);
            } catch (OutOfRangeException e) {
                refused.compareAndSet(null, e);
            }
        });
        OutOfRangeException refusal = refused.get();
        if (refusal != null) {
            throw refusal;
        }
        done += rows;
        return rows;
    }

    /** Encodes a row. Called by several threads, for different rows. */
    interface RowEncoder {
        /**
         * Encodes it.
         *
         * @param from index of the row's first number
         * @param inChunk which row of the chunk it is
         * @param inMatrix which row of the matrix it is
         */
        void encode(float[] values, int from, int inChunk, int inMatrix) throws OutOfRangeException;
    }
}
