package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.WholeRows;
import dev.dllm4j.train.words.TokenizerFiles;
import dev.dllm4j.train.words.WordVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LladaTest {
    private final NDManager manager = Torch.open(1);

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    static Stream<ModelSpec> specs() {
        return Stream.of(Scene.spec(60, 24, 3, 4, 2), Scene.experts(60, 24, 3, 4, 8, 2, 10));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void theForwardIsThatOfTheExportedAndConvertedModel(ModelSpec spec) throws IOException {
        Weights weights = Scene.weights(manager, spec, DataType.FLOAT32, 7);
        Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
        HfFolder.write(checkpoint, weights);
        TokenizerFiles.write(WordVocabulary.of(Set.of("Tom")), checkpoint);
        Path converted = folder.resolve("converted");
        Converter.convert(checkpoint, converted, ConvertOptions.defaults(), ConvertProgress.SILENT);
        try (NDManager step = manager.newSubManager();
                OnnxModel onnx = OnnxModel.open(converted, RuntimeOptions.DEFAULT)) {
            assertThat(onnx.spec()).isEqualTo(spec);
            float[] ours = Scene.logits(new Llada(weights), step, Scene.tokens(), RowLayout.FULL)
                    .toFloatArray();
            WholeRows theirs = rows(onnx);
            for (int position = 0; position < Scene.LENGTH; position++) {
                for (int token = 0; token < spec.vocabulary(); token++) {
                    if (token != spec.maskToken()) {
                        assertThat((double) ours[position * spec.vocabulary() + token])
                                .isCloseTo(theirs.logit(position, token), within(1e-4));
                    }
                }
            }
        }
    }

    @Test
    void aRowGivesTheSameWhereverItComesAsLongAsItSeesTheSame() {
        ModelSpec spec = Scene.spec(43, 8, 2, 2, 1);
        Llada model = new Llada(Scene.weights(manager, spec, DataType.FLOAT64, 3));
        try (NDManager step = manager.newSubManager()) {
            // The text's fourth token comes last in the order, so its mask sees what a canvas with one mask shows.
            long[] streams = {2, 40, 3, 41, 42, WordVocabulary.MASK, WordVocabulary.MASK};
            long[] canvas = {2, 40, 3, WordVocabulary.MASK, 42};
            double[] ours = Scene.logits(model, step, streams, Scene.streams()).toDoubleArray();
            double[] seen =
                    Scene.logits(model, step, canvas, oneAfterTheOther()).toDoubleArray();
            for (int token = 0; token < spec.vocabulary(); token++) {
                assertThat(ours[5 * spec.vocabulary() + token])
                        .isCloseTo(seen[3 * spec.vocabulary() + token], within(1e-9));
            }
        }
    }

    /** The canvas's own rows see each other as the text of the two streams does: prompt, fifth row, fourth row. */
    private static RowLayout oneAfterTheOther() {
        boolean[][] seen = {
            {true, true, true, false, false},
            {true, true, true, false, false},
            {true, true, true, false, false},
            {true, true, true, true, true},
            {true, true, true, false, true}
        };
        return new RowLayout(null, new boolean[][][] {seen});
    }

    @Test
    void whatIsNotSeenHasNoInfluence() {
        ModelSpec spec = Scene.spec(43, 8, 2, 2, 1);
        Llada model = new Llada(Scene.weights(manager, spec, DataType.FLOAT64, 3));
        try (NDManager step = manager.newSubManager()) {
            long[] tokens = {2, 40, 3, 41, 42, WordVocabulary.MASK, WordVocabulary.MASK};
            double[] before = Scene.logits(model, step, tokens, Scene.streams()).toDoubleArray();
            tokens[3] = 42;
            double[] after = Scene.logits(model, step, tokens, Scene.streams()).toDoubleArray();
            int width = spec.vocabulary();
            assertThat(after[6 * width]).isEqualTo(before[6 * width]);
            assertThat(after[4 * width]).isEqualTo(before[4 * width]);
            assertThat(after[3 * width]).isNotEqualTo(before[3 * width]);
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void aForwardLeavesNothingBehind(ModelSpec spec) {
        Weights weights = Scene.weights(manager, spec, DataType.FLOAT32, 3).trainable();
        int before = manager.getManagedArrays().size();
        try (NDManager step = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(Scene.loss(new Llada(weights), step, Scene.tokens(), RowLayout.FULL));
        }
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    private static WholeRows rows(OnnxModel model) {
        Demand demand = new Demand(Scene.LENGTH);
        demand.positions().addRange(0, Scene.LENGTH);
        WholeRows whole = new WholeRows();
        demand.fullRows(whole);
        Positions rows = new Positions(Scene.LENGTH);
        rows.addRange(0, Scene.LENGTH);
        Predictions predictions = new Predictions();
        predictions.reset(demand, Scene.LENGTH);
        Canvas canvas = new Canvas(Scene.PROMPT, Scene.MASKS, WordVocabulary.MASK);
        model.predict(List.of(new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false)));
        return whole;
    }
}
