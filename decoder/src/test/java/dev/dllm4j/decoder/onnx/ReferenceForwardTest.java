package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.CheckpointTensors;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ReferenceModel;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The forward of converted random checkpoints against the same forward in plain double precision. */
class ReferenceForwardTest {
    private static final List<Shape> SHAPES = List.of(
            new Shape(Family.LLADA, 2, 20, 2, 2, 33, 41, 64, false, DataType.F32, 3),
            new Shape(Family.LLADA, 3, 36, 6, 3, 50, 48, 64, true, DataType.F32, 4),
            new Shape(Family.DREAM, 2, 36, 6, 2, 31, 53, 64, false, DataType.F32, 5),
            new Shape(Family.DREAM, 1, 8, 4, 4, 7, 17, 64, true, DataType.F32, 6));

    @TempDir
    private static Path folder;

    /** By shape, not handed to the tests: JUnit closes what it has handed out. */
    private static final Map<Shape, ReferenceModel> MODELS = new HashMap<>();

    @BeforeAll
    static void openAModelOfEveryShape() {
        for (Shape shape : SHAPES) {
            MODELS.put(shape, ReferenceModel.open(folder.resolve("shape" + MODELS.size()), shape, DataType.F32));
        }
    }

    @AfterAll
    static void closeThem() {
        MODELS.values().forEach(ReferenceModel::close);
    }

    static Stream<Shape> shapes() {
        return SHAPES.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aFullForwardGivesTheReferencesLogitsAndStatistics(Shape shape) {
        Cases.check(5, seed -> {
            ReferenceScene scene = new ReferenceScene(model(shape), new Random(seed));
            scene.assertForward(range(0, scene.length()), 0, null);
        });
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyTypeIsReadAndWritten(Shape shape, DataType written, @TempDir Path here) {
        try (ReferenceModel pair = ReferenceModel.open(here, shape, written)) {
            ReferenceScene scene = new ReferenceScene(pair, new Random(shape.seed()));
            scene.assertForward(range(0, scene.length()), 0, null);
        }
    }

    /** Both architectures, tied and untied, in every type a checkpoint has, converted to every type. */
    static Stream<Arguments> types() {
        return SHAPES.stream()
                .flatMap(shape -> Stream.of(DataType.values()).map(shape::type))
                .flatMap(shape -> Stream.of(DataType.values()).map(written -> Arguments.of(shape, written)));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void guidanceGivesTheReferencesLogitsAndStatistics(Shape shape) {
        Cases.check(5, seed -> {
            ReferenceScene scene = new ReferenceScene(model(shape), new Random(seed));
            scene.assertForward(range(0, scene.length()), 0.5 + seed, null);
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aPrefixStepSeesTheKeptRowsBeforeItsBlock(Shape shape) {
        Cases.check(5, seed -> {
            ReferenceScene scene = new ReferenceScene(model(shape), new Random(seed));
            ReferenceScene.Both kept = scene.keepAll();
            for (int step = 0; step < 2; step++) {
                scene.commitSome();
                scene.assertForward(range(scene.blockStart(), scene.length()), 0, kept);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aDualStepSeesTheKeptRowsAroundItsBlockAndRenewsItsOwn(Shape shape) {
        Cases.check(5, seed -> {
            ReferenceScene scene = new ReferenceScene(model(shape), new Random(seed));
            ReferenceScene.Both kept = scene.keepAll();
            for (int step = 0; step < 2; step++) {
                scene.commitSome();
                scene.assertForward(range(scene.blockStart(), scene.blockStart() + 4), 0, kept);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void scatteredRowsInAnyOrderSeeTheKeptOnesOrThemselvesAlone(Shape shape) {
        Cases.check(10, seed -> {
            Random random = new Random(seed);
            ReferenceScene scene = new ReferenceScene(model(shape), random);
            ReferenceScene.Both kept = seed % 2 == 0 ? scene.keepAll() : null;
            scene.commitSome();
            List<Integer> rows =
                    new ArrayList<>(range(0, scene.length()).stream().boxed().toList());
            Collections.shuffle(rows, random);
            int count = 1 + random.nextInt(scene.length());
            scene.assertForward(
                    Positions.of(rows.stream().limit(count).mapToInt(row -> row).toArray()), 0, kept);
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void oneRowIsARequest(Shape shape) {
        Cases.check(5, seed -> {
            Random random = new Random(seed);
            ReferenceScene scene = new ReferenceScene(model(shape), random);
            ReferenceScene.Both kept = scene.keepAll();
            scene.commitSome();
            scene.assertForward(Positions.of(random.nextInt(scene.length())), 0, kept);
            scene.assertForward(Positions.of(random.nextInt(scene.length())), 0, null);
        });
    }

    @Test
    void aVocabularyTooWideForOneRunOfTheHeadTakesSeveral(@TempDir Path here) {
        Shape shape = new Shape(Family.DREAM, 1, 4, 2, 1, 5, 1 << 18, 64, true, DataType.F32, 7);
        try (ReferenceModel pair = ReferenceModel.open(here, shape, DataType.F32)) {
            // A run has 2^23 logits at most: 32 of these rows, so that one is left for a run of its own.
            new ReferenceScene(pair, new Random(0), 3, 30).assertForward(range(0, 33), 0, null);
        }
    }

    @Test
    void aWeightThatIsNoNumberIsNamedByTheFirstPositionItReachesAndItsLayer(@TempDir Path here) {
        Map<String, String> pieces = Map.of(
                "model.transformer.wte.weight",
                "the embedding",
                "model.transformer.blocks.0.v_proj.weight",
                "layer 1 of " + Shape.llada().layers(),
                "model.transformer.blocks.1.ff_norm.weight",
                "layer 2 of " + Shape.llada().layers(),
                "model.transformer.ff_out.weight",
                "the head");
        for (String name : pieces.keySet()) {
            for (double damage : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                Shape shape = Shape.llada();
                Path model = damaged(here.resolve(name + damage), shape, name, damage);
                try (OnnxModel onnx = OnnxModel.open(model, RuntimeOptions.DEFAULT)) {
                    Canvas canvas = new Canvas(new int[] {1, shape.endToken(), 2}, 6, shape.maskToken());
                    Demand demand = new Demand(canvas.length());
                    demand.positions().addRange(5, canvas.length());
                    assertThatThrownBy(() -> onnx.predict(List.of(new RowRequest(
                                    canvas, range(0, 9), demand, new Predictions(), Guidance.NONE, null, () -> false))))
                            .isInstanceOf(ModelException.class)
                            .hasMessageStartingWith("the model gives no number at position 5 (its largest logit is ")
                            .hasMessageContaining("), and " + pieces.get(name) + " is the first to give none; its")
                            .hasMessageEndingWith("so convert again with --weights f32");
                }
            }
        }
    }

    /** A converted model whose last elements of one tensor are no numbers: in a table, those of the mask token. */
    private static Path damaged(Path folder, Shape shape, String name, double damage) {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), shape);
        CheckpointTensors tensors = CheckpointTensors.read(checkpoint);
        int last = tensors.values(name).length - 1;
        tensors.change(name, (index, value) -> index == last ? damage : value);
        tensors.save();
        return TinyModels.convert(folder, checkpoint);
    }

    private static ReferenceModel model(Shape shape) {
        return Objects.requireNonNull(MODELS.get(shape));
    }

    private static Positions range(int from, int to) {
        Positions positions = new Positions(to - from);
        positions.addRange(from, to);
        return positions;
    }
}
