package dev.dllm4j.train.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.dllm4j.decoder.unmask.FilterNetwork;
import dev.dllm4j.decoder.unmask.LearnedFilter;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.model.Tensors;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.testing.Garbage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilterFitTest {
    private static final int WIDTH = 4;

    private final NDManager manager = Torch.open(1);

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void itLearnsARuleAndLearnedFilterLoadsIt() throws IOException {
        FilterFit.Parts parts = FilterFit.Parts.of(records(600), 1);
        Path file = folder.resolve("filter.safetensors");
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("block_length", "4");
        metadata.put("threshold", "0.5");
        metadata.put("model_hash", "abc");
        new TensorFile(metadata, new FilterFit(500, 0.01, 0).fit(manager, parts, WIDTH)).write(file);
        FilterNetwork network = FilterNetwork.read(file);
        FilterScore score = FilterScore.of(network, parts.report(), 0.5, false);
        assertThat(score.precision()).isGreaterThan(0.97);
        assertThat(score.recall()).isGreaterThan(0.97);
        assertThat(network.modelHash()).contains("abc");
        assertThat(UnmaskingStrategy.parse("filter(path=" + file + ")")).isEqualTo(new LearnedFilter(network, 0.5));
    }

    @Test
    void aSeedGivesTheSameNetworkAgain() {
        FilterFit.Parts parts = FilterFit.Parts.of(records(40), 1);
        assertThat(fitted(parts, 5)).isEqualTo(fitted(parts, 5)).isNotEqualTo(fitted(parts, 6));
    }

    @Test
    void theLossIsTheMeanBinaryCrossEntropyAndItsGradientItsSlope() throws InterruptedException {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        SplittableRandom random = new SplittableRandom(3);
        for (String name : List.of("linear1", "linear2")) {
            arrays.put(
                    name + ".weight", manager.create(random.doubles(16, -1, 1).toArray(), new Shape(4, 4)));
            arrays.put(name + ".bias", manager.create(random.doubles(4, -1, 1).toArray(), new Shape(4)));
        }
        Tensors weights = new Tensors(arrays).trainable();
        double[] input = {0.9, 0.2, 1, 0.4, 0.7, 0.3, 0.1, 0.8};
        double[] label = {1, 0, 1, 1, 0, 0, 1, 0};
        NDArray inputs = manager.create(input, new Shape(2, 4));
        NDArray labels = manager.create(label, new Shape(2, 4));
        assertThat(FilterFit.loss(weights, inputs, labels).getDouble())
                .isCloseTo(byHand(weights, input, label), within(1e-12));
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray loss = FilterFit.loss(weights, inputs, labels);
            Garbage.collect();
            collector.backward(loss);
        }
        arrays.forEach((name, array) -> {
            double[] gradient = array.getGradient().toDoubleArray();
            for (int index = 0; index < gradient.length; index++) {
                double[] values = array.toDoubleArray();
                double[] moved = values.clone();
                moved[index] += 1e-6;
                array.set(moved);
                double above = byHand(weights, input, label);
                moved[index] -= 2e-6;
                array.set(moved);
                double below = byHand(weights, input, label);
                array.set(values);
                assertThat(gradient[index]).as(name).isCloseTo((above - below) / 2e-6, within(1e-7));
            }
        });
    }

    @Test
    void recordsArePartedEightToOneToOneAndEachOnce() {
        List<FilterRecord> records = records(57);
        FilterFit.Parts parts = FilterFit.Parts.of(records, 4);
        assertThat(List.of(
                        parts.fit().size(),
                        parts.choose().size(),
                        parts.report().size()))
                .containsExactly(47, 5, 5);
        List<FilterRecord> all = new ArrayList<>(parts.fit());
        all.addAll(parts.choose());
        all.addAll(parts.report());
        assertThat(all).containsExactlyInAnyOrderElementsOf(records).isNotEqualTo(records);
        assertThatThrownBy(() -> FilterFit.Parts.of(records(9), 1)).hasMessageContaining("gave 9 records");
    }

    @Test
    void precisionAndRecallByHand() throws IOException {
        // The network says sigmoid(20 c - 15): above 0.96 from c = 0.9089 on (Learn2PD's toy).
        Path file = folder.resolve("toy.safetensors");
        float[] one = identity(1);
        float[] twenty = identity(20);
        Map<String, TensorFile.Tensor> tensors = new LinkedHashMap<>();
        tensors.put("linear1.weight", new TensorFile.Tensor(new long[] {4, 4}, one));
        tensors.put("linear1.bias", new TensorFile.Tensor(new long[] {4}, new float[4]));
        tensors.put("linear2.weight", new TensorFile.Tensor(new long[] {4, 4}, twenty));
        tensors.put("linear2.bias", new TensorFile.Tensor(new long[] {4}, new float[] {-15, -15, -15, -15}));
        new TensorFile(Map.of(), tensors).write(file);
        FilterNetwork network = FilterNetwork.read(file);
        FilterRecord record = new FilterRecord(
                new float[] {0.95f, 0.5f, 0.92f, 0.2f},
                new boolean[] {true, true, false, false},
                new boolean[] {true, true, false, true});
        assertThat(FilterScore.of(network, List.of(record), 0.96, false)).isEqualTo(new FilterScore(4, 2, 1, 2));
        FilterScore masked = FilterScore.of(network, List.of(record), 0.96, true);
        assertThat(masked).isEqualTo(new FilterScore(3, 1, 1, 2));
        assertThat(masked.precision()).isEqualTo(1);
        assertThat(masked.recall()).isEqualTo(0.5);
    }

    private Map<String, List<Float>> fitted(FilterFit.Parts parts, long seed) {
        Map<String, List<Float>> values = new LinkedHashMap<>();
        new FilterFit(20, 0.01, seed).fit(manager, parts, WIDTH).forEach((name, tensor) -> {
            List<Float> numbers = new ArrayList<>();
            for (float value : tensor.values()) {
                numbers.add(value);
            }
            values.put(name, numbers);
        });
        return values;
    }

    private static double byHand(Tensors arrays, double[] input, double[] label) {
        double sum = 0;
        for (int row = 0; row < 2; row++) {
            double[] inner = new double[4];
            for (int unit = 0; unit < 4; unit++) {
                inner[unit] = arrays.get("linear1.bias").toDoubleArray()[unit];
                for (int place = 0; place < 4; place++) {
                    inner[unit] +=
                            arrays.get("linear1.weight").toDoubleArray()[unit * 4 + place] * input[row * 4 + place];
                }
                inner[unit] = Math.max(0, inner[unit]);
            }
            for (int place = 0; place < 4; place++) {
                double z = arrays.get("linear2.bias").toDoubleArray()[place];
                for (int unit = 0; unit < 4; unit++) {
                    z += arrays.get("linear2.weight").toDoubleArray()[place * 4 + unit] * inner[unit];
                }
                double p = 1 / (1 + Math.exp(-z));
                sum -= label[row * 4 + place] == 1 ? Math.log(p) : Math.log(1 - p);
            }
        }
        return sum / 8;
    }

    private static float[] identity(float value) {
        float[] matrix = new float[16];
        for (int place = 0; place < 4; place++) {
            matrix[place * 5] = value;
        }
        return matrix;
    }

    /** A block is right where its confidences are above 0.6; none is close to that. */
    private static List<FilterRecord> records(int count) {
        SplittableRandom random = new SplittableRandom(9);
        List<FilterRecord> records = new ArrayList<>();
        for (int record = 0; record < count; record++) {
            float[] confidences = new float[WIDTH];
            boolean[] correct = new boolean[WIDTH];
            boolean[] masked = new boolean[WIDTH];
            boolean right = random.nextBoolean();
            for (int place = 0; place < WIDTH; place++) {
                correct[place] = right;
                confidences[place] = (float) (correct[place] ? random.nextDouble(0.7, 1) : random.nextDouble(0.1, 0.5));
                masked[place] = random.nextBoolean();
            }
            records.add(new FilterRecord(confidences, correct, masked));
        }
        return records;
    }
}
