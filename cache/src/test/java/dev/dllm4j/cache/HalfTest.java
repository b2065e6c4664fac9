package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HalfTest {
    /** IEEE 754: one bit of sign, five of exponent with a bias of 15, ten of fraction. */
    private static double value(int half) {
        int exponent = half >> 10 & 31;
        int fraction = half & 1023;
        double magnitude =
                exponent == 0 ? Math.scalb((double) fraction, -24) : Math.scalb(1024.0 + fraction, exponent - 25);
        return half >> 15 == 0 ? magnitude : -magnitude;
    }

    @Test
    void everyFiniteHalfIsTheFloatThatItsBitsSayAndComesBack() {
        for (int half = 0; half < 1 << 16; half++) {
            if ((half >> 10 & 31) < 31) {
                float wide = Half.toFloat((short) half);
                assertThat((double) wide).isEqualTo(value(half));
                assertThat(Half.of(wide) & 0xffff).isEqualTo(half);
            }
        }
    }

    @Test
    void aFloatBecomesTheNearestHalfAndTheEvenOneInTheMiddle() {
        Random random = new Random(5);
        for (int lower = 0; lower < 0x7bff; lower++) {
            double middle = (value(lower) + value(lower + 1)) / 2;
            int even = lower + (lower & 1);
            assertThat(Half.of((float) middle)).isEqualTo((short) even);
            assertThat(Half.of(-(float) middle)).isEqualTo((short) (even | 0x8000));
            assertThat(Half.of(Math.nextDown((float) middle))).isEqualTo((short) lower);
            assertThat(Half.of(Math.nextUp((float) middle))).isEqualTo((short) (lower + 1));
            double between = value(lower) + random.nextDouble() * (middle - value(lower)) * 0.99;
            assertThat(Half.of((float) between)).isEqualTo((short) lower);
        }
    }

    @Test
    void infinitiesAndNaNStayWhatTheyAre() {
        assertThat(Half.of(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7c00);
        assertThat(Half.of(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xfc00);
        assertThat(Half.toFloat((short) 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Half.toFloat(Half.of(Float.NaN))).isNaN();
        assertThat(Half.toFloat((short) 0x7c01)).isNaN();
    }

    @ParameterizedTest
    @CsvSource({"65504", "65519.996"})
    void theLargestHalfStandsForWhatRoundsToIt(float value) {
        assertThat(Half.toFloat(Half.of(value))).isEqualTo(65504);
        assertThat(Half.toFloat(Half.of(-value))).isEqualTo(-65504);
    }

    @ParameterizedTest
    @ValueSource(floats = {65520, 65536, 1e5f, Float.MAX_VALUE, -65520, -1e30f})
    void aFiniteNumberNeverBecomesInfinite(float value) {
        assertThatThrownBy(() -> Half.of(value))
                .isInstanceOf(RowRangeException.class)
                .hasMessage("rows kept as float16 hold numbers up to 65504, and one is " + value);
    }
}
