package dev.dllm4j.decoder.convert;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Rounds groups of {@link Int4Matrix#GROUP} numbers to codes of four bits. Of a symmetric grid, whose 0 is code 8, and of
 * grids between least and largest number a group takes what loses least, by the sum of squared differences; each is tried
 * at its full range and at smaller ones, which clip. Confined to one thread.
 */
final class Int4Encoder implements WeightEncoder {
    private static final int GROUP = Int4Matrix.GROUP;
    private static final int LARGEST_CODE = 15;
    private static final int MIDDLE = 8;

    /** Ranges that are tried of each grid, the full one first. */
    private static final int RANGES = 5;

    private static final float RANGE_STEP = 0.06f;

    private final RowChunks rows;
    private final int groups;
    private final byte[] codes;
    private final ByteBuffer scales;
    private final ByteBuffer zeroPoints;

    Int4Encoder(RowChunks rows, List<Long> shape) {
        this.rows = rows;
        groups = rows.columns() / GROUP;
        codes = rows.codes();
        int matrixRows = Math.toIntExact(shape.get(0));
        scales = ByteBuffer.allocate(Math.multiplyExact(Math.multiplyExact(matrixRows, groups), Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        zeroPoints = ByteBuffer.allocate(matrixRows * ((groups + 1) / 2));
    }

    @Override
    public int chunk() {
        return rows.chunk();
    }

    @Override
    public ByteBuffer encode(ByteBuffer chunk) throws OutOfRangeException {
        int encoded = rows.encode(chunk, this::encodeRow);
        return ByteBuffer.wrap(codes, 0, encoded * groups * Int4Matrix.GROUP_BYTES);
    }

    @Override
    public List<ByteBuffer> rest() {
        return List.of(ByteBuffer.allocate(0), scales.clear(), zeroPoints.clear());
    }

    private void encodeRow(float[] values, int from, int inChunk, int inMatrix) throws OutOfRangeException {
        FiniteRow.largest(values, from, rows.columns());
        int firstGroup = inMatrix * groups;
        int firstZero = inMatrix * ((groups + 1) / 2);
        for (int group = 0; group < groups; group++) {
            Grid grid = best(values, from + group * GROUP);
            write(values, from + group * GROUP, grid, (inChunk * groups + group) * Int4Matrix.GROUP_BYTES);
            scales.putFloat((firstGroup + group) * Float.BYTES, grid.scale());
            int place = firstZero + group / 2;
            int lower = group % 2 == 0 ? 0 : zeroPoints.get(place);
            zeroPoints.put(place, (byte) (lower | (grid.zero() << (4 * (group % 2)))));
        }
    }

    /** Two codes a byte, the first in the lower half. */
    private void write(float[] values, int from, Grid grid, int to) {
        for (int i = 0; i < GROUP; i += 2) {
            codes[to + i / 2] = (byte) (grid.code(values[from + i]) | (grid.code(values[from + i + 1]) << 4));
        }
    }

    /** The grid of least error for a group. */
    static Grid best(float[] values, int from) {
        float least = 0;
        float largest = 0;
        for (int i = from; i < from + GROUP; i++) {
            least = Math.min(least, values[i]);
            largest = Math.max(largest, values[i]);
        }
        float widest = Math.max(largest, -least);
        if (widest < Float.MIN_NORMAL * LARGEST_CODE) {
            return new Grid(0, MIDDLE);
        }
        // The code farthest from 8 is 0, on the side of the number farthest from 0.
        float symmetric = (largest > -least ? -widest : widest) / MIDDLE;
        float range = (largest - least) / LARGEST_CODE;
        Grid best = new Grid(symmetric, MIDDLE);
        float error = Float.MAX_VALUE;
        for (int step = 0; step < RANGES; step++) {
            float share = 1 - step * RANGE_STEP;
            for (int kind = 0; kind < 2; kind++) {
                float scale = share * (kind == 0 ? symmetric : range);
                int zero = kind == 0 ? MIDDLE : (int) clip(Rounding.toInteger(-least * share / scale));
                Grid grid = new Grid(fitted(values, from, scale, zero), zero);
                float tried = grid.error(values, from);
                if (tried < error) {
                    best = grid;
                    error = tried;
                }
            }
        }
        return best;
    }

    /** The scale that is best for the codes that a scale gives. */
    private static float fitted(float[] values, int from, float scale, int zero) {
        float inverse = 1 / scale;
        float product = 0;
        float square = 0;
        for (int i = from; i < from + GROUP; i++) {
            float step = clip(Rounding.toInteger(values[i] * inverse) + zero) - zero;
            product += values[i] * step;
            square += step * step;
        }
        return square == 0 ? scale : product / square;
    }

    private static float clip(float code) {
        return Math.max(0, Math.min(LARGEST_CODE, code));
    }

    /**
     * What the codes of a group stand for: {@code scale · (code − zero)}.
     *
     * @param scale of either sign; 0 for a group of zeros
     * @param zero the code of 0
     */
    record Grid(float scale, int zero) {
        int code(float value) {
            return scale == 0 ? zero : (int) clip(Rounding.toInteger(value * (1 / scale)) + zero);
        }

        /** Sum of squared differences over a group. */
        private float error(float[] values, int from) {
            float inverse = 1 / scale;
            float sum = 0;
            for (int i = from; i < from + GROUP; i++) {
                float step = clip(Rounding.toInteger(values[i] * inverse) + zero) - zero;
                float difference = values[i] - scale * step;
                sum += difference * difference;
            }
            return sum;
        }
    }
}
