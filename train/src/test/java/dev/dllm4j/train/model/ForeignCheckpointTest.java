package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.testing.ReferenceTransformer;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForeignCheckpointTest {
    private final NDManager manager = Torch.open(1);

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    static Stream<TinyCheckpoints.Shape> shapes() {
        TinyCheckpoints.Shape llada = TinyCheckpoints.Shape.llada();
        return Stream.of(
                llada,
                llada.type(DataType.BF16),
                llada.type(DataType.F16),
                llada.kvHeads(1).layers(3),
                llada.tied(true).vocabulary(50));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void theForwardIsTheReferencesWhateverTypeAndSizes(TinyCheckpoints.Shape shape) {
        TinyCheckpoints.write(folder, shape);
        int[] tokens = {3, 9, shape.maskToken(), 12, shape.maskToken(), shape.maskToken()};
        double[][] expected = ReferenceTransformer.read(folder, DataType.F32).logits(tokens);
        Llada model = new Llada(Weights.read(manager, HfCheckpoint.open(folder)));
        try (NDManager step = manager.newSubManager()) {
            long[] ids = java.util.Arrays.stream(tokens).asLongStream().toArray();
            NDArray hidden = model.hidden(step.create(new long[][] {ids}), RowLayout.FULL);
            NDArray rows = step.arange(0, tokens.length, 1, ai.djl.ndarray.types.DataType.INT64);
            float[] logits = model.logits(hidden, rows).toFloatArray();
            for (int row = 0; row < tokens.length; row++) {
                for (int token = 0; token < shape.vocabulary(); token++) {
                    assertThat((double) logits[row * shape.vocabulary() + token])
                            .isCloseTo(expected[row][token], within(2e-4));
                }
            }
        }
    }

    @Test
    void shardsHoldWhatTheWholeFileHolds() {
        HfCheckpoint whole = HfCheckpoint.open(GoldenFolder.find("llada-tiny/f32"));
        HfCheckpoint shards = HfCheckpoint.open(GoldenFolder.find("llada-tiny/f32-sharded"));
        for (String name : TensorShapes.of(whole.spec()).keySet()) {
            assertThat(shards.values(name)).isEqualTo(whole.values(name));
        }
        assertThat(shards.spec()).isEqualTo(whole.spec());
    }
}
