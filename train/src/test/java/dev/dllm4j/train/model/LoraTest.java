package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.testing.Garbage;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoraTest {
    private static final int RANK = 3;
    private static final double SCALE = 2.0 / RANK;

    private final NDManager manager = Torch.open(1);
    private final ModelSpec spec = Scene.spec(43, 8, 2, 2, 1);
    private final Weights frozen = Scene.weights(manager, spec, DataType.FLOAT64, 3);

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void gradientsOfEveryAdapterAreTheSlopesOfTheLoss() throws InterruptedException {
        Lora lora = lora(Lora.TARGETS);
        lora.tensors().trainable();
        Llada model = new Llada(frozen, lora);
        try (NDManager step = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray loss = Scene.loss(model, step, Scene.tokens(), RowLayout.FULL);
            Garbage.collect();
            collector.backward(loss);
        }
        assertThat(lora.tensors().arrays()).hasSize(2 * 2 * Lora.TARGETS.size());
        Random random = new Random(1);
        for (Map.Entry<String, NDArray> entry : lora.tensors().arrays().entrySet()) {
            double[] slopes;
            try (NDArray gradient = entry.getValue().getGradient()) {
                slopes = gradient.toDoubleArray();
            }
            for (int probe = 0; probe < 4; probe++) {
                int index = random.nextInt(slopes.length);
                assertThat(slope(model, entry.getValue(), index))
                        .as(entry.getKey())
                        .isCloseTo(slopes[index], within(1e-7));
            }
        }
    }

    @Test
    void theMergedModelComputesWhatTheAdaptedOneDoes() {
        Lora lora = lora(List.of("q_proj", "attn_out", "ff_out"));
        try (NDManager step = manager.newSubManager()) {
            double[] adapted = Scene.logits(new Llada(frozen, lora), step, Scene.tokens(), RowLayout.FULL)
                    .toDoubleArray();
            Weights sum = lora.merged(frozen, step);
            double[] merged = Scene.logits(new Llada(sum), step, Scene.tokens(), RowLayout.FULL)
                    .toDoubleArray();
            double[] before = Scene.logits(new Llada(frozen), step, Scene.tokens(), RowLayout.FULL)
                    .toDoubleArray();
            assertThat(merged).containsExactly(adapted, within(1e-9));
            assertThat(Math.abs(before[0] - adapted[0])).isGreaterThan(1e-3);
            assertThat(sum.get("model.transformer.blocks.0.k_proj.weight"))
                    .isSameAs(frozen.get("model.transformer.blocks.0.k_proj.weight"));
        }
    }

    @Test
    void aMergedMatrixIsTheSumByHand() {
        ModelSpec tiny = Scene.spec(43, 2, 1, 1, 1);
        Weights weights = Weights.random(manager, tiny, DataType.FLOAT32, 1);
        String name = "model.transformer.blocks.0.q_proj";
        weights.get(name + ".weight").set(new float[] {1, 2, 3, 4});
        Lora lora = new Lora(
                0.5,
                new Tensors(Map.of(
                        name + ".lora_A.weight", manager.create(new float[] {10, 20}, new Shape(1, 2)),
                        name + ".lora_B.weight", manager.create(new float[] {1, -1}, new Shape(2, 1)))));
        assertThat(lora.merged(weights, manager).get(name + ".weight").toFloatArray())
                .containsExactly(6, 12, -2, -6);
    }

    @Test
    void adaptersStartWithoutEffectAndMergingLeavesNothingBehind() {
        Weights weights = Scene.weights(manager, spec, DataType.FLOAT32, 3);
        Lora lora = new Lora(
                SCALE,
                Lora.start(manager, Lora.shapes(spec, RANK, Lora.TARGETS), 1).trainable());
        int before = manager.getManagedArrays().size();
        try (NDManager step = manager.newSubManager()) {
            assertThat(Scene.logits(new Llada(weights, lora), step, Scene.tokens(), RowLayout.FULL)
                            .toFloatArray())
                    .isEqualTo(Scene.logits(new Llada(weights), step, Scene.tokens(), RowLayout.FULL)
                            .toFloatArray());
            Weights merged = lora.merged(weights, step);
            merged.tensors()
                    .arrays()
                    .forEach((name, array) -> assertThat(array.toFloatArray())
                            .isEqualTo(weights.get(name).toFloatArray()));
        }
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void aTargetThatMatchesNothingIsRefused() {
        for (String target : List.of("o_proj", "gate_proj", "attn_norm")) {
            assertThatThrownBy(() -> Lora.shapes(spec, RANK, List.of("q_proj", target)))
                    .hasMessageContaining("target " + target + " matches no matrix")
                    .hasMessageContaining("attn_out, ff_proj");
        }
    }

    private Lora lora(List<String> targets) {
        Random random = new Random(5);
        return new Lora(SCALE, Tensors.of(Lora.shapes(spec, RANK, targets), (name, shape) -> {
            double[] values = random.doubles(shape.size(), -0.5, 0.5).toArray();
            return manager.create(values, shape);
        }));
    }

    private double slope(Llada model, NDArray array, int index) {
        double step = 1e-5;
        return (shifted(model, array, index, step) - shifted(model, array, index, -step)) / (2 * step);
    }

    private double shifted(Llada model, NDArray array, int index, double by) {
        double[] values = array.toDoubleArray();
        double[] moved = values.clone();
        moved[index] += by;
        array.set(moved);
        try (NDManager step = manager.newSubManager()) {
            return Scene.loss(model, step, Scene.tokens(), RowLayout.FULL).getDouble();
        } finally {
            array.set(values);
        }
    }
}
