package dev.dllm4j.train.adapt;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.train.model.TensorShapes;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.model.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PadRowsTest {
    private static final int WIDTH = 8;
    private static final List<Integer> PADS = List.of(4, 5, 6);

    private final NDManager manager = Torch.open(1);
    private final Weights weights = Weights.random(
            manager,
            Family.LLADA.spec(20, WIDTH, 1, 2, 2, 4, 8, 64, 1e4, 1e-5, 0, Set.of(1), Set.of()),
            DataType.FLOAT32,
            1);
    private final NDArray head = weights.get(TensorShapes.head(weights.spec()));

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void rowsThatPointTheSameWayAreDrawnAnewAndTheOthersStay() {
        float[] values = head.toFloatArray();
        for (int column = 0; column < WIDTH; column++) {
            values[5 * WIDTH + column] = 2 * values[4 * WIDTH + column];
        }
        head.set(values);
        PadRows.tellApart(weights, PADS, 3);
        float[] after = head.toFloatArray();
        for (int row = 0; row < 20; row++) {
            float[] old = Arrays.copyOfRange(values, row * WIDTH, (row + 1) * WIDTH);
            float[] now = Arrays.copyOfRange(after, row * WIDTH, (row + 1) * WIDTH);
            assertThat(Arrays.equals(old, now)).as("row %d", row).isEqualTo(!PADS.contains(row));
        }
        PadRows.tellApart(weights, PADS, 4);
        assertThat(head.toFloatArray()).isEqualTo(after);
    }

    @Test
    void rowsThatCanBeToldApartStay() {
        float[] before = head.toFloatArray();
        PadRows.tellApart(weights, PADS, 3);
        assertThat(head.toFloatArray()).isEqualTo(before);
    }
}
