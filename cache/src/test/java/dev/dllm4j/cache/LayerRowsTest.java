package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.junit.jupiter.api.Test;

final class LayerRowsTest {
    private static final FloatBuffer NEW_KEYS = FloatBuffer.wrap(new float[] {0, 0, 1, 2, 3, 4});
    private static final FloatBuffer NEW_VALUES = FloatBuffer.wrap(new float[] {0, 0, 5, 6, 7, 8});

    @Test
    void overwritesTheRowsOfThePositionsAndNoOthers() {
        LayerRows rows = new LayerRows(4, 2);

        rows.write(Positions.of(3, 1), NEW_KEYS, NEW_VALUES, 1);

        assertThat(floats(rows.keys())).containsExactly(0, 0, 3, 4, 0, 0, 1, 2);
        assertThat(floats(rows.values())).containsExactly(0, 0, 7, 8, 0, 0, 5, 6);
    }

    @Test
    void leavesTheBuffersPositionsAlone() {
        LayerRows rows = new LayerRows(4, 2);

        rows.write(Positions.of(0), NEW_KEYS, NEW_VALUES, 0);

        assertThat(rows.keys().position()).isZero();
        assertThat(NEW_KEYS.position()).isZero();
    }

    @Test
    void liesInDirectMemoryOfNativeOrder() {
        LayerRows rows = new LayerRows(4, 2);

        assertThat(rows.keys().isDirect()).isTrue();
        assertThat(rows.values().order()).isEqualTo(ByteOrder.nativeOrder());
    }

    @Test
    void comparesValueRowsByTheirDirection() {
        LayerRows rows = new LayerRows(4, 2);
        rows.write(Positions.of(3), NEW_KEYS, FloatBuffer.wrap(new float[] {3, 4}), 0);

        assertThat(rows.valueSimilarity(3, FloatBuffer.wrap(new float[] {0, 0, 6, 8}), 1))
                .isEqualTo(1);
        assertThat(rows.valueSimilarity(3, FloatBuffer.wrap(new float[] {4, 3}), 0))
                .isEqualTo(0.96f);
        assertThat(rows.valueSimilarity(3, FloatBuffer.wrap(new float[] {-4, 3}), 0))
                .isZero();
        assertThat(rows.valueSimilarity(0, FloatBuffer.wrap(new float[] {4, 3}), 0))
                .isEqualTo(1);
    }

    @Test
    void refusesAPositionItHasNoRowFor() {
        LayerRows rows = new LayerRows(4, 2);

        assertThatThrownBy(() -> rows.write(Positions.of(4), NEW_KEYS, NEW_VALUES, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void refusesMoreRowsThanABufferHolds() {
        assertThatThrownBy(() -> new LayerRows(1 << 20, 1 << 12)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void float16RowsHoldTheNearestHalvesInHalfTheBytes() {
        RowWidths widths = new RowWidths(1, 1, 2, 2, RowType.F16);
        LayerRows rows = new LayerRows(4, widths, LayerRows.allocate(4, widths));

        rows.write(Positions.of(3, 1), FloatBuffer.wrap(new float[] {1, 0.1f, 3, 4}), NEW_VALUES, 0);

        assertThat(rows.type()).isEqualTo(RowType.F16);
        assertThat(widths.bytes(4)).isEqualTo(new RowWidths(1, 1, 2, 2).bytes(4) / 2);
        assertThat(halves(rows.halfKeys())).containsExactly(0, 0, 3, 4, 0, 0, 1, 1638f / (1 << 14));
        assertThat(halves(rows.halfValues())).containsExactly(0, 0, 5, 6, 0, 0, 0, 0);
        assertThat(rows.halfKeys().isDirect()).isTrue();
        assertThat(rows.halfValues().order()).isEqualTo(ByteOrder.nativeOrder());
    }

    @Test
    void float16RowsAreReadAndComparedAsFloats() {
        RowWidths widths = new RowWidths(1, 1, 2, 2, RowType.F16);
        LayerRows rows = new LayerRows(4, widths, LayerRows.allocate(4, widths));
        rows.writeInputs(Positions.of(2, 0), FloatBuffer.wrap(new float[] {9, 0.1f, 5}), 1);
        rows.writeQueries(Positions.of(0, 2), FloatBuffer.wrap(new float[] {7, 8}), 0);
        rows.write(Positions.of(3), NEW_KEYS, FloatBuffer.wrap(new float[] {3, 4}), 0);

        float[] keys = new float[8];
        rows.write(Positions.of(1, 2), FloatBuffer.wrap(new float[] {0.1f, 3, 4, 5}), NEW_VALUES, 0);
        rows.readKeys(Positions.of(3, 1), FloatBuffer.wrap(keys));
        float[] inputs = new float[4];
        rows.readInputs(3, FloatBuffer.wrap(inputs), 1);
        float[] queries = new float[2];
        rows.readQueries(Positions.of(2, 0), FloatBuffer.wrap(queries));

        assertThat(keys).containsExactly(0, 0, 1638f / (1 << 14), 3, 0, 0, 0, 0);
        assertThat(inputs).containsExactly(0, 5, 0, 1638f / (1 << 14));
        assertThat(queries).containsExactly(8, 7);
        assertThat(rows.valueSimilarity(3, FloatBuffer.wrap(new float[] {4, 3}), 0))
                .isEqualTo(0.96f);
    }

    @Test
    void aNumberThatFloat16RowsCannotHoldIsRefused() {
        RowWidths widths = RowWidths.keysAndValues(2, RowType.F16);
        LayerRows rows = new LayerRows(4, widths, LayerRows.allocate(4, widths));

        assertThatThrownBy(() -> rows.write(Positions.of(0), FloatBuffer.wrap(new float[] {0, 7e4f}), NEW_VALUES, 0))
                .isInstanceOf(RowRangeException.class)
                .hasMessageContaining("70000.0");
    }

    @Test
    void rowsAreNotReadAsWhatTheyAreNot() {
        RowWidths widths = RowWidths.keysAndValues(2, RowType.F16);
        LayerRows halves = new LayerRows(4, widths, LayerRows.allocate(4, widths));
        LayerRows floats = new LayerRows(4, 2);

        assertThatThrownBy(halves::keys).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(halves::values).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(floats::halfKeys).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(floats::halfValues).isInstanceOf(IllegalStateException.class);
    }

    private static float[] halves(ShortBuffer buffer) {
        float[] result = new float[buffer.capacity()];
        for (int i = 0; i < result.length; i++) {
            result[i] = Half.toFloat(buffer.get(i));
        }
        return result;
    }

    private static float[] floats(FloatBuffer buffer) {
        float[] result = new float[buffer.capacity()];
        buffer.get(0, result);
        return result;
    }
}
