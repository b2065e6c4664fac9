package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.convert.Trial;
import dev.dllm4j.decoder.convert.WeightLoss;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyFamilies;
import dev.dllm4j.decoder.testing.WholeRows;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossMeasurementTest {
    /** Rows of 64 numbers, which four bits take in groups; 96 positions at most. */
    private static final Shape SHAPE = new Shape(Family.LLADA, 2, 64, 4, 2, 96, 97, 96, false, DataType.F32, 11);

    private static final List<String> QUESTIONS =
            IntStream.range(0, 9).mapToObj(i -> "t" + i + " t2 t" + 3 * i).toList();

    @TempDir
    private Path folder;

    private final List<String> notes = new ArrayList<>();
    private final List<Long> heard = new ArrayList<>();

    @Test
    void aRowsDivergenceIsTheSumOfProbabilitiesTimesLogarithmsOfRatios() {
        FloatBuffer half = FloatBuffer.wrap(new float[] {3, 3});
        float[] quarter = {(float) Math.log(1), (float) Math.log(3)};
        assertThat(RowDivergence.divergence(half, quarter))
                .isCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3.0), within(1e-7));
        FloatBuffer sure = FloatBuffer.wrap(new float[] {0, Float.NEGATIVE_INFINITY});
        assertThat(RowDivergence.divergence(sure, quarter)).isCloseTo(Math.log(4), within(1e-7));
        assertThat(RowDivergence.divergence(half, new float[] {-80, -80})).isZero();
    }

    @Test
    void aModelLosesNothingAgainstItself() {
        Path model = convert(checkpoint(), "model", WeightType.F32);
        WeightLoss loss = measure(measurement(16), model, model);
        assertThat(loss.equalTokens()).isEqualTo(1);
        assertThat(loss.divergence()).isZero();
        assertThat(loss.rows()).isGreaterThanOrEqualTo(9 * 16);
        assertThat(notes).isEmpty();
        assertThat(heard.get(heard.size() - 1)).isEqualTo(2L * 9 * 16);
        assertThat(heard).isSorted();
    }

    @Test
    void fourBitsLoseMoreThanEightAndBothSomething() {
        Path checkpoint = checkpoint();
        WeightLoss eight = loss(checkpoint, "eight", WeightType.INT8, measurement(16));
        WeightLoss four = loss(checkpoint, "four", WeightType.INT4, measurement(16));
        assertThat(eight.divergence()).isPositive().isLessThan(four.divergence() / 4);
        assertThat(four.equalTokens()).isLessThan(1);
        assertThat(List.of(eight, four)).allSatisfy(loss -> {
            assertThat(loss.prompts()).isEqualTo(9);
            assertThat(loss.genLength()).isEqualTo(16);
        });
    }

    @Test
    void aReferenceThatIsLoadedInPassingGivesTheSameFigures() {
        Path checkpoint = checkpoint();
        WeightLoss open = loss(checkpoint, "open", WeightType.INT8, measurement(16));
        assertThat(notes).isEmpty();
        WeightLoss passing = loss(checkpoint, "passing", WeightType.INT8, measurement(QUESTIONS, 16, 1_000));
        assertThat(passing).isEqualTo(open);
        assertThat(notes).singleElement().asString().contains("0 MB are free", "layer by layer");
    }

    @Test
    void aConvertedFolderAndItsCheckpointGiveTheSameFigures() {
        Path floats = convert(checkpoint(), "floats", WeightType.F32);
        assertThat(loss(floats, "of-folder", WeightType.INT8, measurement(16)))
                .isEqualTo(loss(folder.resolve("checkpoint"), "of-checkpoint", WeightType.INT8, measurement(16)));
    }

    /** One position, so that one forward decides everything. */
    @Test
    void theFiguresAreThoseOfTheRows() {
        Path reference = convert(checkpoint(), "floats", WeightType.F32);
        Path converted = convert(folder.resolve("checkpoint"), "four", WeightType.INT4);
        List<String> one = QUESTIONS.subList(4, 5);
        WeightLoss loss = measure(measurement(one, 1, Long.MAX_VALUE), reference, converted);

        double[] p = probabilities(reference, new int[] {4, 2, 12});
        double[] q = probabilities(converted, new int[] {4, 2, 12});
        double expected = IntStream.range(0, p.length)
                .mapToDouble(token -> p[token] * Math.log(p[token] / q[token]))
                .sum();
        assertThat(expected).isGreaterThan(1e-4);
        assertThat(loss.divergence()).isCloseTo(expected, within(1e-6));
        assertThat(loss.rows()).isEqualTo(1);
        assertThat(loss.tokens()).isLessThanOrEqualTo(1);
        assertThat(loss.equalTokens()).isEqualTo(best(p) == best(q) ? 1 : 0);
    }

    @Test
    void modelsThatSeeBlocksAreMeasuredByTheirRecipes() {
        Path checkpoint = TinyFamilies.sdar(folder.resolve("sdar"));
        WeightLoss loss = loss(checkpoint, "model", WeightType.INT8, measurement(16));
        assertThat(loss.divergence()).isPositive();
        assertThat(loss.equalTokens()).isGreaterThan(0.5);
    }

    @Test
    void aQuestionThatDoesNotFitTheContextIsRefusedBeforeTheWeightsAreWritten() {
        Path checkpoint = checkpoint();
        List<String> questions = List.of("t1", "t3 ".repeat(81));
        boolean[] written = {false};
        assertThatThrownBy(() -> Converter.convert(
                        checkpoint,
                        folder.resolve("model"),
                        new ConvertOptions(WeightType.INT8),
                        (bytes, totalBytes, tensors, totalTensors) -> written[0] = true,
                        Trial.NONE,
                        Optional.of(measurement(questions, 16, Long.MAX_VALUE))))
                .isInstanceOf(ModelException.class)
                .hasMessage(
                        "question 2 of the check has 81 tokens; with an answer of 16 they must fit the model's context"
                                + " of 96, so check fewer questions than 2");
        assertThat(written[0]).isFalse();
        assertThat(folder.toFile().list()).containsExactly("checkpoint");
    }

    @Test
    void anInterruptLeavesNothingAndStays() {
        Path checkpoint = checkpoint();
        LossMeasurement interrupted = new LossMeasurement(
                QUESTIONS,
                16,
                OptionalLong::empty,
                ConvertProgress.SILENT,
                (positions, total) -> Thread.currentThread().interrupt(),
                notes::add);
        try {
            assertThatThrownBy(() -> loss(checkpoint, "model", WeightType.INT8, interrupted))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("interrupted; do it again");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(folder.toFile().list()).containsExactly("checkpoint");
    }

    @Test
    void aMeasurementNeedsQuestionsAndALength() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> measurement(List.of(), 16, 0))
                .withMessage("questions is empty; give at least one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> measurement(0))
                .withMessage("gen length is 0; it must be positive");
    }

    private double[] probabilities(Path model, int[] prompt) {
        Canvas canvas = new Canvas(prompt, 1, 96);
        Positions rows = new Positions(prompt.length + 1);
        rows.addRange(0, prompt.length + 1);
        Demand demand = new Demand(1);
        demand.positions().add(prompt.length);
        WholeRows whole = new WholeRows();
        demand.fullRows(whole);
        try (OnnxModel opened = OnnxModel.open(model, RuntimeOptions.DEFAULT)) {
            opened.predict(
                    List.of(new RowRequest(canvas, rows, demand, new Predictions(), Guidance.NONE, null, () -> false)));
        }
        double[] powers = IntStream.range(0, 97)
                .mapToDouble(token -> Math.exp(whole.logit(0, token)))
                .toArray();
        double sum = IntStream.range(0, 97).mapToDouble(token -> powers[token]).sum();
        return IntStream.range(0, 97).mapToDouble(token -> powers[token] / sum).toArray();
    }

    /** Never the mask, which is the last token. */
    private static int best(double[] probabilities) {
        return IntStream.range(0, 96)
                .reduce((a, b) -> probabilities[b] > probabilities[a] ? b : a)
                .orElseThrow();
    }

    private Path checkpoint() {
        return TinyCheckpoints.write(folder.resolve("checkpoint"), SHAPE);
    }

    private Path convert(Path from, String name, WeightType type) {
        return Converter.convert(from, folder.resolve(name), new ConvertOptions(type), ConvertProgress.SILENT)
                .path();
    }

    private WeightLoss loss(Path from, String name, WeightType type, LossMeasurement measurement) {
        return Converter.convert(
                        from,
                        folder.resolve(name),
                        new ConvertOptions(type),
                        ConvertProgress.SILENT,
                        Trial.NONE,
                        Optional.of(measurement))
                .loss()
                .orElseThrow();
    }

    private static WeightLoss measure(LossMeasurement measurement, Path reference, Path converted) {
        ModelFolder model = ModelFolder.read(converted);
        return measurement.prepare(converted, model.spec(), model.recipe()).measure(reference, converted);
    }

    private LossMeasurement measurement(int genLength) {
        return measurement(QUESTIONS, genLength, Long.MAX_VALUE);
    }

    private LossMeasurement measurement(List<String> questions, int genLength, long free) {
        return new LossMeasurement(
                questions,
                genLength,
                () -> OptionalLong.of(free),
                ConvertProgress.SILENT,
                (positions, total) -> heard.add(positions),
                notes::add);
    }
}
