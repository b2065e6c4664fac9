package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.train.model.Torch;
import org.junit.jupiter.api.Test;

class MuonTest {
    @Test
    void singularValuesGoThroughTheQuinticFiveTimes() {
        try (NDManager manager = Torch.open(1)) {
            // Columns 3e1, 4e2: singular values 3 and 4, whose directions stay.
            float[] values = {3, 0, 0, 4, 0, 0};
            float[] wide = {3, 0, 0, 0, 4, 0};
            double small = quintic(3 / 5.0);
            double large = quintic(4 / 5.0);
            assertThat(Muon.orthogonal(manager.create(values, new Shape(3, 2))).toFloatArray())
                    .containsExactly(new float[] {(float) small, 0, 0, (float) large, 0, 0}, within(1e-5f));
            assertThat(Muon.orthogonal(manager.create(wide, new Shape(2, 3))).toFloatArray())
                    .containsExactly(new float[] {(float) small, 0, 0, 0, (float) large, 0}, within(1e-5f));
            assertThat(small).isBetween(0.6, 1.3);
        }
    }

    @Test
    void momentumIsKeptAndLookedAheadOf() {
        try (NDManager manager = Torch.open(1)) {
            NDArray momentum = manager.create(new float[] {1, 0, 0, 0}, new Shape(2, 2));
            NDArray gradient = manager.create(new float[] {0, 0, 0, 1}, new Shape(2, 2));
            NDArray move = Muon.move(gradient, momentum);
            assertThat(momentum.toFloatArray()).containsExactly(0.95f, 0, 0, 1);
            double ahead = 0.95 * 0.95;
            double own = 1 + 0.95;
            double norm = Math.hypot(ahead, own);
            double size = 0.3 * Math.sqrt(2);
            assertThat(move.toFloatArray())
                    .containsExactly(
                            new float[] {
                                (float) (size * quintic(ahead / norm)), 0, 0, (float) (size * quintic(own / norm))
                            },
                            within(1e-5f));
        }
    }

    private static double quintic(double value) {
        double near = value;
        for (int step = 0; step < 5; step++) {
            near = 3.4445 * near - 4.7750 * Math.pow(near, 3) + 2.0315 * Math.pow(near, 5);
        }
        return near;
    }
}
