package dev.dllm4j.train.filter;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.model.Tensors;
import dev.dllm4j.train.run.AdamW;
import dev.dllm4j.train.run.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Fits Learn2PD's filter, two linear layers with a ReLU between them over the confidences of a block, by binary cross
 * entropy on all of its positions. AdamW on all records at once; what is kept is what was best on records it did not see.
 *
 * @param updates of the network
 * @param learningRate the paper's is 3e-3
 */
public record FilterFit(int updates, double learningRate, long seed) {
    private static final String FIRST = "linear1";
    private static final String SECOND = "linear2";
    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";
    private static final int CHECKS = 200;

    public FilterFit {
        if (updates < 1) {
            throw new IllegalArgumentException("updates is " + updates + "; it must be at least 1");
        }
        if (!(learningRate > 0 && learningRate <= 1)) {
            throw new IllegalArgumentException("learning rate is " + learningRate + "; it must be within (0, 1]");
        }
    }

    /** How the records are told apart: eight parts to fit, one to choose by, one to report. */
    public record Parts(List<FilterRecord> fit, List<FilterRecord> choose, List<FilterRecord> report) {
        /** Shuffles records and parts them. */
        public static Parts of(List<FilterRecord> records, long seed) {
            List<FilterRecord> shuffled = new ArrayList<>(records);
            Collections.shuffle(shuffled, new Random(seed));
            int tenth = records.size() / 10;
            if (tenth == 0) {
                throw new IllegalArgumentException("the decodings gave " + records.size()
                        + " records; at least 10 are needed to fit, choose and report, raise --problems");
            }
            int fit = records.size() - 2 * tenth;
            return new Parts(
                    List.copyOf(shuffled.subList(0, fit)),
                    List.copyOf(shuffled.subList(fit, fit + tenth)),
                    List.copyOf(shuffled.subList(fit + tenth, shuffled.size())));
        }
    }

    /**
     * The fitted network, under the names that {@link dev.dllm4j.decoder.unmask.FilterNetwork} reads.
     *
     * @param width positions of a block
     */
    public Map<String, TensorFile.Tensor> fit(NDManager manager, Parts parts, int width) {
        AdamW optimizer = AdamW.start(manager, start(manager, width));
        Rates rates = new Rates(learningRate);
        Map<String, TensorFile.Tensor> best = optimizer.weights().numbers("");
        double least = Double.POSITIVE_INFINITY;
        try (NDManager data = manager.newSubManager()) {
            NDArray inputs = inputs(data, parts.fit(), width);
            NDArray labels = labels(data, parts.fit(), width);
            NDArray chosenInputs = inputs(data, parts.choose(), width);
            NDArray chosenLabels = labels(data, parts.choose(), width);
            int between = Math.max(1, updates / CHECKS);
            for (int update = 0; update < updates; update++) {
                try (NDManager step = data.newSubManager()) {
                    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                        collector.backward(loss(optimizer.weights(), own(step, inputs), own(step, labels)));
                    }
                    optimizer.update(step, update, rates.learningRate(update, (double) update / updates), rates);
                    if ((update + 1) % between == 0 || update + 1 == updates) {
                        double loss = loss(optimizer.weights(), own(step, chosenInputs), own(step, chosenLabels))
                                .getFloat();
                        if (loss < least) {
                            least = loss;
                            best = optimizer.weights().numbers("");
                        }
                    }
                }
            }
        }
        return best;
    }

    /** Mean of softplus(z) - z·y, which is the binary cross entropy of sigmoid(z). */
    static NDArray loss(Tensors weights, NDArray inputs, NDArray labels) {
        NDArray logits = logits(weights, inputs);
        NDArray one = Tensors.constant(logits, 1);
        NDArray softplus = logits.abs().neg().exp().add(one).log().add(Activation.relu(logits));
        return softplus.sub(logits.mul(labels)).mean();
    }

    private static NDArray logits(Tensors weights, NDArray inputs) {
        NDArray inner = linear(weights, FIRST, inputs);
        return linear(weights, SECOND, Activation.relu(inner));
    }

    private static NDArray linear(Tensors weights, String name, NDArray rows) {
        return Linear.linear(rows, weights.get(name + WEIGHT), weights.get(name + BIAS))
                .singletonOrThrow();
    }

    /** What is computed with a step's array goes with the step. */
    private static NDArray own(NDManager step, NDArray array) {
        NDArray view = array.duplicate();
        view.attach(step);
        return view;
    }

    /** Uniform within 1/√inputs, as linear layers start. */
    private Tensors start(NDManager manager, int width) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String name : List.of(FIRST, SECOND)) {
            shapes.put(name + WEIGHT, new Shape(width, width));
            shapes.put(name + BIAS, new Shape(width));
        }
        SplittableRandom random = new SplittableRandom(seed);
        double bound = 1 / Math.sqrt(width);
        return Tensors.of(shapes, (name, shape) -> {
            float[] values = new float[Math.toIntExact(shape.size())];
            for (int index = 0; index < values.length; index++) {
                values[index] = (float) (bound * (2 * random.nextDouble() - 1));
            }
            return Tensors.owned(manager, values, shape);
        });
    }

    private static NDArray inputs(NDManager manager, List<FilterRecord> records, int width) {
        float[] values = new float[records.size() * width];
        for (int row = 0; row < records.size(); row++) {
            float[] confidences = records.get(row).confidences();
            System.arraycopy(confidences, 0, values, row * width, confidences.length);
        }
        return Tensors.owned(manager, values, new Shape(records.size(), width));
    }

    private static NDArray labels(NDManager manager, List<FilterRecord> records, int width) {
        float[] values = new float[records.size() * width];
        for (int row = 0; row < records.size(); row++) {
            boolean[] correct = records.get(row).correct();
            for (int place = 0; place < correct.length; place++) {
                values[row * width + place] = correct[place] ? 1 : 0;
            }
        }
        return Tensors.owned(manager, values, new Shape(records.size(), width));
    }

    private record Rates(double learningRate) implements Schedule {
        @Override
        public int warmup() {
            return 1;
        }

        @Override
        public double weightDecay() {
            return 0.01;
        }

        @Override
        public double clip() {
            return 1;
        }

        @Override
        public double averageDecay() {
            return 0;
        }
    }
}
