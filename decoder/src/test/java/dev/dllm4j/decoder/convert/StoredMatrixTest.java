package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.testing.Cases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What codes stand for, and that no other scale or grid of those allowed would lose less. */
class StoredMatrixTest {
    @Test
    void codesOfEightBitsAreNearestAndTheirScaleLosesLeastOfAllTried() {
        Cases.check(50, seed -> {
            Random random = new Random(seed);
            float[] row = gaussian(random, 1 + random.nextInt(300));
            byte[] codes = new byte[row.length];
            float scale = encode(row, codes);
            double error = error(row, codes, scale);
            for (byte code : codes) {
                assertThat(code).isNotEqualTo(Byte.MIN_VALUE);
            }
            float largest = 0;
            for (float value : row) {
                largest = Math.max(largest, Math.abs(value));
            }
            float plain = largest / 127;
            byte[] plainCodes = new byte[row.length];
            for (int i = 0; i < row.length; i++) {
                plainCodes[i] = (byte) Math.rint(row[i] / plain);
            }
            assertThat(error).isLessThanOrEqualTo(error(row, plainCodes, plain) * (1 + 1e-6));
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = MatrixType.class,
            names = {"INT8", "INT8_TABLE", "INT4"})
    void rowsLongerThanAChunkAreRefusedBeforeAnythingIsWritten(MatrixType type) {
        List<Long> longest = List.of(2L, (long) Transcoder.CHUNK);
        assertThat(type.matrix().parts(longest)).isNotEmpty();
        assertThatThrownBy(() -> type.matrix().parts(List.of(2L, Transcoder.CHUNK + 32L)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("has rows of 1048608 numbers; int8 and int4 take 1048576 at most, so convert with --weights"
                        + " f32, f16 or bf16");
    }

    @Test
    void aRowOfZerosHasTheScaleZero() throws OutOfRangeException {
        byte[] codes = {1, 2, 3};
        assertThat(Int8Encoder.encode(new float[3], 0, 3, codes, 0)).isZero();
        assertThat(codes).containsOnly(0);
        assertThat(Int4Encoder.best(new float[32], 0).scale()).isZero();
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void whatIsNoNumberHasNoCode(float value) {
        float[] row = {1, value, 3};
        assertThatThrownBy(() -> Int8Encoder.encode(row, 0, 3, new byte[3], 0)).isInstanceOf(OutOfRangeException.class);
    }

    @Test
    void anInt4GroupTakesTheBetterOfASymmetricGridAndOneWithAZeroPoint() throws OutOfRangeException {
        Cases.check(200, seed -> {
            Random random = new Random(seed);
            float[] group = gaussian(random, 32);
            float shift = random.nextInt(3) * 0.5f;
            float least = 0;
            float most = 0;
            for (int i = 0; i < 32; i++) {
                group[i] += shift;
                least = Math.min(least, group[i]);
                most = Math.max(most, group[i]);
            }
            Int4Encoder.Grid grid = Int4Encoder.best(group, 0);
            assertThat(grid.zero()).isBetween(0, 15);
            double error = error(group, grid);
            float widest = Math.max(most, -least);
            Int4Encoder.Grid symmetric = new Int4Encoder.Grid((most > -least ? -widest : widest) / 8, 8);
            float range = (most - least) / 15;
            Int4Encoder.Grid shifted = new Int4Encoder.Grid(range, Math.round(-least / range));
            assertThat(error).isLessThanOrEqualTo(error(group, symmetric) * (1 + 1e-5));
            assertThat(error).isLessThanOrEqualTo(error(group, shifted) * (1 + 1e-5));
        });
    }

    @Test
    void anInt8MatrixHasAsManyNumbersAsABufferHasBytesAtMost() {
        StoredMatrix int8 = MatrixType.INT8.matrix();
        assertThat(int8.wholeBytes(List.of((long) Integer.MAX_VALUE, 1L))).isEqualTo(Integer.MAX_VALUE);
        assertThatThrownBy(() -> int8.parts(List.of(1L << 20, 1L << 11)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("has 2147483648 numbers; int8 takes 2147483647 of a matrix at most, so convert with"
                        + " --weights f32, f16 or bf16");
        assertThat(MatrixType.INT8_TABLE.matrix().wholeBytes(List.of(1L << 20, 1L << 11)))
                .isZero();
    }

    /** Through the encoders of a whole matrix, whose chunks end anywhere. */
    @Test
    void theBytesOfAMatrixAreItsColumnsAndThenItsScales() throws OutOfRangeException {
        int rows = 5;
        int width = 32;
        float[] values = gaussian(new Random(3), rows * width);
        ByteBuffer tensor = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        tensor.asFloatBuffer().put(values);
        var shape = List.of((long) rows, (long) width);
        WeightEncoder encoder = MatrixType.INT8.matrix().encoder(new Transcoder(rows * width), DataType.F32, shape);
        encoder.encode(tensor.duplicate().order(ByteOrder.LITTLE_ENDIAN).limit(3 * width * 4));
        encoder.encode(tensor.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(3 * width * 4));
        ByteBuffer codes = encoder.rest().get(0);
        ByteBuffer scales = encoder.rest().get(1).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(codes.remaining()).isEqualTo(rows * width);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < width; column++) {
                float value = codes.get(column * rows + row) * scales.getFloat(row * 4);
                assertThat(value).isCloseTo(values[row * width + column], org.assertj.core.data.Offset.offset(0.02f));
            }
        }
    }

    private static float encode(float[] row, byte[] codes) {
        try {
            return Int8Encoder.encode(row, 0, row.length, codes, 0);
        } catch (OutOfRangeException e) {
            throw new AssertionError(e);
        }
    }

    private static float[] gaussian(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double error(float[] row, byte[] codes, float scale) {
        double error = 0;
        for (int i = 0; i < row.length; i++) {
            double difference = row[i] - (double) scale * codes[i];
            error += difference * difference;
        }
        return error;
    }

    private static double error(float[] group, Int4Encoder.Grid grid) {
        double error = 0;
        for (float value : group) {
            double difference = value - (double) grid.scale() * (grid.code(value) - grid.zero());
            error += difference * difference;
        }
        return error;
    }
}
