package dev.dllm4j.decoder.onnx;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.model.Sight.Alternating;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ReferenceModel;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forwards of models some of whose layers see only what is near, at a rotary base of their own. */
class LocalForwardTest {
    private static final Shape SHAPE = new Shape(Family.LLADA, 4, 36, 6, 3, 50, 48, 256, true, DataType.F32, 4);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"0, 2", "1, 3", "4, 3", "30, 2"})
    void everyForwardGivesTheReferencesLogits(int reach, int globalEvery) {
        try (ReferenceModel model =
                ReferenceModel.open(folder, SHAPE, DataType.F32, new Alternating(reach, globalEvery))) {
            Cases.check(6, seed -> {
                Random random = new Random(seed);
                // Long enough for several stretches of rows, or too short for a mask.
                ReferenceScene scene = new ReferenceScene(model, random, 1 + random.nextInt(6), 6 + 30 * (int) seed);
                scene.assertForward(range(0, scene.length()), 0, null);
                scene.assertForward(range(0, scene.length()), 1.5, null);
                ReferenceScene.Both kept = scene.keepAll();
                scene.commitSome();
                scene.assertForward(range(scene.blockStart(), scene.blockStart() + 4), 0, kept);
                scene.commitSome();
                scene.assertForward(some(scene.length(), random, false), 0, kept);
                scene.assertForward(some(scene.length(), random, true), 0, null);
            });
        }
    }

    private static Positions range(int from, int to) {
        Positions positions = new Positions(to - from);
        positions.addRange(from, to);
        return positions;
    }

    private static Positions some(int length, Random random, boolean ordered) {
        List<Integer> rows = new ArrayList<>(IntStream.range(0, length).boxed().toList());
        Collections.shuffle(rows, random);
        IntStream chosen = rows.stream().limit(1 + random.nextInt(length)).mapToInt(row -> row);
        return Positions.of((ordered ? chosen.sorted() : chosen).toArray());
    }
}
