package dev.dllm4j.decoder.convert;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Rounds rows to signed codes of eight bits. A row's scale is the one of least squared error among its largest magnitude
 * over 127 and a few smaller ones, which clip; then the best for the codes found. Confined to one thread.
 */
final class Int8Encoder implements WeightEncoder {
    private static final float LARGEST_CODE = 127;

    /** Shares of the largest magnitude that the largest code stands for, tried until the error grows. */
    private static final int SHARES = 16;

    private static final float SHARE_STEP = 0.02f;

    private final RowChunks rows;
    private final byte[] codes;
    private final ByteBuffer scales;

    Int8Encoder(RowChunks rows, List<Long> shape) {
        this.rows = rows;
        codes = rows.codes();
        scales =
                ByteBuffer.allocate(Math.toIntExact(shape.get(0) * Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public int chunk() {
        return rows.chunk();
    }

    @Override
    public ByteBuffer encode(ByteBuffer chunk) throws OutOfRangeException {
        int encoded = rows.encode(chunk, (values, from, inChunk, inMatrix) -> {
            float scale = encode(values, from, rows.columns(), codes, inChunk * rows.columns());
            scales.putFloat(inMatrix * Float.BYTES, scale);
        });
        return ByteBuffer.wrap(codes, 0, encoded * rows.columns());
    }

    @Override
    public List<ByteBuffer> rest() {
        return List.of(ByteBuffer.allocate(0), scales.clear());
    }

    /**
     * Encodes numbers that have one scale.
     *
     * @return the scale; 0 where they are all zeros, or as good as
     */
    static float encode(float[] values, int from, int count, byte[] codes, int to) throws OutOfRangeException {
        float largest = FiniteRow.largest(values, from, count);
        if (largest < Float.MIN_NORMAL * LARGEST_CODE) {
            Arrays.fill(codes, to, to + count, (byte) 0);
            return 0;
        }
        float best = largest / LARGEST_CODE;
        float least = error(values, from, count, best);
        for (int share = 1; share < SHARES; share++) {
            float scale = largest * (1 - share * SHARE_STEP) / LARGEST_CODE;
            float error = error(values, from, count, scale);
            if (error >= least) {
                break;
            }
            best = scale;
            least = error;
        }
        return round(values, from, count, codes, to, best);
    }

    /** Sum of squared differences; four sums, so that they are added side by side. */
    private static float error(float[] values, int from, int count, float scale) {
        float inverse = 1 / scale;
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = from;
        int end = from + count;
        for (; i + 3 < end; i += 4) {
            float first = values[i] - scale * code(values[i] * inverse);
            float second = values[i + 1] - scale * code(values[i + 1] * inverse);
            float third = values[i + 2] - scale * code(values[i + 2] * inverse);
            float fourth = values[i + 3] - scale * code(values[i + 3] * inverse);
            a += first * first;
            b += second * second;
            c += third * third;
            d += fourth * fourth;
        }
        for (; i < end; i++) {
            float rest = values[i] - scale * code(values[i] * inverse);
            a += rest * rest;
        }
        return a + b + c + d;
    }

    /** Writes the codes; their best scale is the quotient of two sums of products. */
    private static float round(float[] values, int from, int count, byte[] codes, int to, float scale) {
        float inverse = 1 / scale;
        double product = 0;
        long square = 0;
        for (int i = 0; i < count; i++) {
            int code = (int) code(values[from + i] * inverse);
            codes[to + i] = (byte) code;
            product += (double) values[from + i] * code;
            square += (long) code * code;
        }
        return (float) (product / square);
    }

    private static float code(float value) {
        return Rounding.toInteger(Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, value)));
    }
}
