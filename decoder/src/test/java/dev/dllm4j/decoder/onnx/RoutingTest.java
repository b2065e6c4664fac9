package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.golden.FamiliesFolder;
import dev.dllm4j.decoder.golden.Npy;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Router.Sigmoid;
import dev.dllm4j.decoder.model.Router.Softmax;
import dev.dllm4j.decoder.testing.CheckpointTensors;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutingTest {
    private static final Offset<Float> WITHIN = Offset.offset(1e-5f);
    private static final float[] LOGITS = {2, 1, 0.5f, -1, 1.5f, 0, -0.5f, 0.2f};

    @Test
    void aSoftmaxRoutersWeightsAreItsLargestProbabilitiesAsTheyAre() {
        Chosen chosen = choose(experts(8, 2, new Softmax(false)), new float[0], LOGITS);
        assertThat(chosen.experts(0)).containsExactly(0, 4);
        assertThat(chosen.weights(0)).containsExactly(new float[] {0.380221f, 0.230616f}, WITHIN);
    }

    @Test
    void aSoftmaxRoutersBiasCountsInTheWeights() {
        float[] bias = {0, 0, 0, 0.5f, 0, 0, 0, 0};
        Chosen chosen = choose(experts(8, 2, new Softmax(true)), bias, LOGITS);
        assertThat(chosen.experts(0)).containsExactly(0, 3);
        assertThat(chosen.weights(0)).containsExactly(new float[] {0.380221f, 0.518930f}, WITHIN);
    }

    @Test
    void aSigmoidRouterChoosesGroupsFirstAndWeighsWithoutBias() {
        float[] bias = {0, 0, 0.3f, 0, -0.2f, 0.1f, 0.4f, 0};
        Chosen chosen = choose(experts(8, 3, new Sigmoid(4, 2, 2.5)), bias, LOGITS);
        assertThat(chosen.experts(0)).containsExactly(0, 6, 1);
        assertThat(chosen.weights(0)).containsExactly(new float[] {1.106865f, 0.474441f, 0.918694f}, WITHIN);
        Chosen oneGroup = choose(experts(8, 3, new Sigmoid(1, 1, 2.5)), bias, LOGITS);
        assertThat(oneGroup.experts(0)).containsExactly(2, 0, 6);
    }

    @Test
    void ofEqualsTheLowerIdIsChosen() {
        float[] equal = new float[8];
        assertThat(choose(experts(8, 3, new Softmax(false)), new float[0], equal)
                        .experts(0))
                .containsExactly(0, 1, 2);
        assertThat(choose(experts(8, 3, new Sigmoid(4, 2, 1)), equal, equal).experts(0))
                .containsExactly(0, 1, 2);
        float[] later = {0, 1, 0, 1, 0, 1, 0, 1};
        assertThat(choose(experts(8, 2, new Softmax(false)), new float[0], later)
                        .experts(0))
                .containsExactly(1, 3);
    }

    @Test
    void whatIsNoNumberChoosesTooSoThatTheForwardCanNameIt() {
        float[] none = new float[8];
        Arrays.fill(none, Float.NaN);
        assertThat(choose(experts(8, 2, new Softmax(false)), new float[0], none).experts(0))
                .hasSize(2)
                .doesNotHaveDuplicates();
        assertThat(choose(experts(8, 2, new Sigmoid(4, 2, 1)), new float[8], none)
                        .experts(0))
                .hasSize(2)
                .doesNotHaveDuplicates();
    }

    @Test
    void aRowAloneAtAnExpertIsThereTwice() {
        float[] first = {9, 8, 0, 0};
        float[] second = {9, 0, 8, 0};
        Chosen chosen = choose(experts(4, 2, new Softmax(false)), new float[0], first, second);
        assertThat(chosen.counts).containsExactly(2, 2, 2, 0);
        assertThat(chosen.sorted).containsExactly(0, 1, 0, 0, 1, 1);
        assertThat(chosen.experts(0)).containsExactly(0, 1);
        assertThat(chosen.experts(1)).containsExactly(0, 2);
    }

    /** What a whole canvas multiplies is what its rows' experts take, but for the rows that are there twice. */
    @ParameterizedTest
    @CsvSource({"64, 8, 256", "64, 8, 32", "256, 8, 256"})
    void whatIsComputedIsWithinFivePercentOfWhatWasChosen(int count, int active, int rows) {
        Random random = new Random(5);
        float[][] logits = new float[rows][count];
        for (float[] row : logits) {
            for (int expert = 0; expert < count; expert++) {
                row[expert] = (float) random.nextGaussian();
            }
        }
        Chosen chosen = choose(experts(count, active, new Softmax(false)), new float[0], logits);
        assertThat((double) chosen.sorted.length).isBetween((double) rows * active, 1.05 * rows * active);
    }

    @ParameterizedTest
    @CsvSource({"llada-moe-tiny, f32", "llada-moe-tiny, bf16", "llada2-tiny, f32", "llada2-tiny, bf16"})
    void theOriginalsRowsChooseAndWeighTheSame(String model, String weights) throws IOException {
        boolean grouped = model.startsWith("llada2");
        Router router = grouped ? new Sigmoid(4, 2, 2.5) : new Softmax(false);
        Experts experts = grouped ? experts(16, 4, router) : experts(8, 2, router);
        float[] bias = grouped ? bias(model, weights) : new float[0];
        String folder = model + "/vectors-" + weights + "/";
        int compared = 0;
        for (JsonNode batch : new ObjectMapper()
                .readTree(FamiliesFolder.find(folder + "manifest.json").toFile())
                .get("cases")) {
            String name = folder + batch.get("name").asText() + ".layer1.";
            if (batch.get("input_ids").get(0).size() == 1 || !batch.has("hidden")) {
                continue;
            }
            Npy logits = Npy.read(FamiliesFolder.find(name + "router_logits.npy"));
            Npy shares = Npy.read(FamiliesFolder.find(name + "topk_weights.npy"));
            Npy ids = Npy.read(FamiliesFolder.find(name + "topk_ids.npy"));
            int rows = logits.shape().get(0) * logits.shape().get(1);
            Chosen chosen = choose(experts, bias, logits.values(), rows);
            for (int row = 0; row < rows; row++) {
                int from = row * experts.active();
                for (int place = 0; place < experts.active(); place++) {
                    int expert = ids.integer(from + place);
                    assertThat(chosen.experts(row)).contains(expert);
                    float weight = chosen.weights(row)[chosen.experts(row).indexOf(expert)];
                    assertThat(weight).isCloseTo(shares.values().get(from + place), WITHIN);
                }
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(90);
    }

    private static float[] bias(String model, String weights) {
        double[] stored = CheckpointTensors.read(FamiliesFolder.find(model + "/" + weights))
                .values("model.layers.1.mlp.gate.expert_bias");
        float[] bias = new float[stored.length];
        for (int expert = 0; expert < bias.length; expert++) {
            bias[expert] = (float) stored[expert];
        }
        return bias;
    }

    private static Experts experts(int count, int active, Router router) {
        return new Experts(count, active, 1, 0, 0, 0, router);
    }

    private static Chosen choose(Experts experts, float[] bias, float[]... logits) {
        FloatBuffer scores = FloatBuffer.allocate(logits.length * experts.count());
        for (float[] row : logits) {
            scores.put(row);
        }
        return choose(experts, bias, scores, logits.length);
    }

    private static Chosen choose(Experts experts, float[] bias, FloatBuffer scores, int rows) {
        Routing routing = new Routing(experts);
        routing.choose(scores, FloatBuffer.wrap(bias), rows);
        LongBuffer sorted = LongBuffer.allocate(Routing.mostPairs(experts, rows));
        LongBuffer counts = LongBuffer.allocate(experts.count());
        LongBuffer places = LongBuffer.allocate(rows * experts.active());
        FloatBuffer weights = FloatBuffer.allocate(rows * experts.active());
        routing.write(sorted, counts, places, weights);
        return new Chosen(
                experts.active(),
                Arrays.copyOf(sorted.array(), routing.pairs()),
                counts.array(),
                places.array(),
                weights.array());
    }

    /** What a graph of experts is given. */
    @SuppressWarnings("ArrayRecordComponent") // compared element by element
    private record Chosen(int active, long[] sorted, long[] counts, long[] places, float[] weights) {
        /** The experts whose products a row has, in their order of summation; each must have got that very row. */
        List<Integer> experts(int row) {
            List<Integer> experts = new ArrayList<>();
            for (int choice = 0; choice < active; choice++) {
                int place = (int) places[row * active + choice];
                assertThat(sorted[place]).isEqualTo(row);
                int expert = 0;
                for (long end = counts[0]; end <= place; end += counts[expert]) {
                    expert++;
                }
                experts.add(expert);
            }
            return experts;
        }

        float[] weights(int row) {
            return Arrays.copyOfRange(weights, row * active, (row + 1) * active);
        }
    }
}
