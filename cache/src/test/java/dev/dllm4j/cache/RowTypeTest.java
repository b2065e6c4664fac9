package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RowTypeTest {
    @ParameterizedTest
    @EnumSource(RowType.class)
    void aTypeIsReadAsItIsPrinted(RowType type) {
        assertThat(RowType.parse(type.toString())).isEqualTo(type);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "F16", "bf16", "float16"})
    void anythingElseIsRefusedWithWhatIsKnown(String text) {
        assertThatThrownBy(() -> RowType.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cache type is " + text + "; known are f32, f16");
    }

    @Test
    void numbersAreRoundedWhereTheyStandAndNoOthers() {
        float[] numbers = {0.1f, 0.1f, 0.3f, 0.3f};

        RowType.F16.round(FloatBuffer.wrap(numbers), 1, 2);

        // 0.1 is 1638.4 / 2^14, 0.3 is 1228.8 / 2^12.
        assertThat(numbers).containsExactly(0.1f, 1638f / (1 << 14), 1229f / (1 << 12), 0.3f);
    }

    @Test
    void float32RowsAreKeptAsTheyAre() {
        float[] numbers = {0.1f, 1e30f};

        RowType.F32.round(FloatBuffer.wrap(numbers), 0, 2);

        assertThat(numbers).containsExactly(0.1f, 1e30f);
    }
}
