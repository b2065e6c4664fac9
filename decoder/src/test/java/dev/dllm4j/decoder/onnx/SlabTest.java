package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SlabTest {
    private final OrtEnvironment environment = OrtProcess.environment(1);
    private int refusals;

    @Test
    void aSlabThatCouldNotGrowGrowsOnceThereIsMemory() {
        try (Slab slab = new Slab(environment, OnnxJavaType.FLOAT, this::allocate, 3)) {
            slab.reserve(2);
            refusals = 2;
            assertThatThrownBy(() -> slab.reserve(100)).isInstanceOf(ModelException.class);
            assertThat(slab.capacity()).isEqualTo(2);
            assertThat(slab.floats().capacity()).isEqualTo(6);

            refusals = 0;
            slab.reserve(100);
            assertThat(slab.floats().capacity()).isGreaterThanOrEqualTo(300);
            assertThat(slab.tensor(99, 1).getInfo().getShape()).containsExactly(1, 3);
        }
    }

    @Test
    void whatIsAskedForIsGivenWhereTheRoomToSpareIsRefused() {
        try (Slab slab = new Slab(environment, OnnxJavaType.FLOAT, this::allocate, 3)) {
            slab.reserve(100);
            refusals = 1;
            slab.reserve(101);
            assertThat(slab.capacity()).isEqualTo(101);
        }
    }

    @Test
    void aRefusalNamesTheNeedAndTheRemedy() {
        refusals = 1;
        try (Slab slab = new Slab(environment, OnnxJavaType.INT64, this::allocate)) {
            assertThatThrownBy(() -> slab.reserve(5))
                    .hasMessage("a forward needs a buffer of 40 bytes and the JVM grants no more direct memory; start"
                            + " Java with a larger -XX:MaxDirectMemorySize, decode fewer sequences at once or a shorter"
                            + " canvas");
        }
    }

    @Test
    void aRowTooWideToCountLeavesTheSlabAsItWas() {
        try (Slab slab = new Slab(environment, OnnxJavaType.FLOAT, this::allocate, 3)) {
            slab.reserve(4);
            assertThatThrownBy(() -> slab.row(1 << 20, 1 << 20)).isInstanceOf(ArithmeticException.class);
            assertThat(slab.columns()).isEqualTo(3);
            assertThat(slab.tensor(3, 1).getInfo().getShape()).containsExactly(1, 3);
        }
    }

    private ByteBuffer allocate(int bytes) {
        if (refusals > 0) {
            refusals--;
            throw new OutOfMemoryError("refused by the test");
        }
        return ByteBuffer.allocateDirect(bytes);
    }
}
