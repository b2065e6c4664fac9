package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
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

    private static float[] floats(FloatBuffer buffer) {
        float[] result = new float[buffer.capacity()];
        buffer.get(0, result);
        return result;
    }
}
