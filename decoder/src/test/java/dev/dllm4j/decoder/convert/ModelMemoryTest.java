package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Family;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelMemoryTest {
    private static final int LAYERS = 3;
    private static final int HIDDEN = 64;
    private static final int KEYS = 32;
    private static final int INNER = 96;
    private static final int VOCABULARY = 97;
    private static final long PROJECT = HIDDEN * (HIDDEN + 2 * KEYS);
    private static final long MIX = HIDDEN * (HIDDEN + 3 * INNER);
    private static final long TABLE = VOCABULARY * HIDDEN;

    /** Two norms a layer and one before the head. */
    private static final long VECTORS = 4 * HIDDEN * (2 * LAYERS + 1);

    private static final ModelSpec SPEC = Family.LLADA.spec(
            VOCABULARY, HIDDEN, LAYERS, 4, 2, HIDDEN / 4, INNER, 256, 1e4, 1e-5, 96, Set.of(95), Set.of());

    @ParameterizedTest
    @CsvSource({"F32, 4", "F16, 2", "BF16, 2"})
    void productsOfFloatsTakeFourBytesANumberAndTheEmbeddingLiesInItsFile(WeightType type, int stored) {
        ModelMemory memory = memory(type);
        assertThat(memory.products()).isEqualTo(4 * (LAYERS * (PROJECT + MIX) + TABLE) + VECTORS);
        assertThat(memory.table()).isEqualTo(stored * TABLE);
        assertThat(memory.largestPiece()).isEqualTo(4 * MIX + 4 * HIDDEN);
    }

    @Test
    void productsOfInt8TakeAByteANumberAndAScaleAnOutput() {
        ModelMemory memory = memory(WeightType.INT8);
        long outputs = LAYERS * (HIDDEN + 2 * KEYS + HIDDEN + 2 * INNER + HIDDEN) + VOCABULARY;
        assertThat(memory.products()).isEqualTo(LAYERS * (PROJECT + MIX) + TABLE + 4 * outputs + VECTORS);
        assertThat(memory.table()).isEqualTo(TABLE + 4 * VOCABULARY);
    }

    /** Codes, scale and sum of a group packed; its scale and half a byte of zero points where they lie in the file. */
    @Test
    void productsOfInt4TakeSomewhatMoreThanTheyDoOnDisk() {
        ModelMemory memory = memory(WeightType.INT4);
        double group = 16 + 4 + 4 + 4 + 0.5;
        long oddGroupRows = LAYERS * HIDDEN; // whose three groups of 32 have two bytes of zero points
        assertThat(memory.products())
                .isEqualTo((long) (LAYERS * (PROJECT + MIX) / 32 * group)
                        + oddGroupRows / 2
                        + TABLE
                        + 4 * VOCABULARY
                        + VECTORS);
    }

    @Test
    void whatIsTakenBesideTheWeightsIsTheSameForAll() {
        ModelMemory small = new ModelMemory(10, 5, 8);
        ModelMemory large = new ModelMemory(1_000_010, 5, 1_000_008);
        assertThat(large.bytes() - small.bytes()).isEqualTo(1_000_000);
        assertThat(large.openingBytes() - small.openingBytes()).isEqualTo(1_000_000);
        assertThat(large.passingBytes() - small.passingBytes()).isEqualTo(1_000_000);
        assertThat(small.bytes()).isGreaterThan(small.openingBytes());
    }

    private static ModelMemory memory(WeightType type) {
        return ModelMemory.of(SPEC, WeightTypes.of(type, SPEC));
    }
}
