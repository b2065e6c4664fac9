package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TranscoderTest {
    /** Exact in every type. */
    private static final float[] VALUES = {0, -0.0f, 1, -1.5f, 0x1p-14f, 240, Float.POSITIVE_INFINITY, Float.NaN};

    private final Transcoder transcoder = new Transcoder();

    @ParameterizedTest
    @EnumSource
    void valuesThatATypeHoldsArriveInEveryOtherType(DataType to) throws OutOfRangeException {
        for (DataType from : DataType.values()) {
            ByteBuffer output = transcoder.transcode(encoded(from), from, to);
            assertThat(output.remaining()).isEqualTo(VALUES.length * to.bytes());
            assertThat(decoded(output, to)).as("%s to %s", from, to).containsExactly(VALUES);
        }
    }

    @Test
    void aTypeKeptIsNotTouched() throws OutOfRangeException {
        ByteBuffer input = encoded(DataType.F16);
        assertThat(transcoder.transcode(input, DataType.F16, DataType.F16)).isSameAs(input);
    }

    @Test
    void aFiniteValueThatWouldBecomeInfiniteIsRefused() {
        ByteBuffer input = Transcoder.chunk().putFloat(1).putFloat(65_520).flip();
        assertThatThrownBy(() -> transcoder.transcode(input, DataType.F32, DataType.F16))
                .isInstanceOfSatisfying(
                        OutOfRangeException.class, e -> assertThat(e.value()).isEqualTo(65_520));
        ByteBuffer largest = Transcoder.chunk().putFloat(-Float.MAX_VALUE).flip();
        assertThatThrownBy(() -> transcoder.transcode(largest, DataType.F32, DataType.BF16))
                .isInstanceOf(OutOfRangeException.class);
    }

    private static ByteBuffer encoded(DataType type) {
        ByteBuffer buffer = Transcoder.chunk();
        for (float value : VALUES) {
            switch (type) {
                case F32 -> buffer.putFloat(value);
                case F16 -> buffer.putShort(FloatBits.toHalf(value));
                case BF16 -> buffer.putShort(FloatBits.toBfloat(value));
            }
        }
        return buffer.flip();
    }

    private static float[] decoded(ByteBuffer buffer, DataType type) {
        float[] values = new float[VALUES.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type) {
                case F32 -> buffer.getFloat();
                case F16 -> FloatBits.fromHalf(buffer.getShort());
                case BF16 -> FloatBits.fromBfloat(buffer.getShort());
            };
        }
        return values;
    }
}
