package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FloatBitsTest {
    private static final int PATTERNS = 65_536;

    @Test
    void everyHalfMeansWhatTheFormatSays() {
        for (int bits = 0; bits < PATTERNS; bits++) {
            int exponent = bits >>> 10 & 0x1f;
            int fraction = bits & 0x3ff;
            double magnitude = exponent == 0 ? Math.scalb(fraction, -24) : Math.scalb(1024 + fraction, exponent - 25);
            if (exponent == 0x1f) {
                magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            float expected = (float) (bits >= 0x8000 ? -magnitude : magnitude);
            assertThat(Float.compare(FloatBits.fromHalf((short) bits), expected))
                    .as("half %04x", bits)
                    .isZero();
        }
    }

    @Test
    void everyHalfSurvivesTheWayToFloatAndBack() {
        for (int bits = 0; bits < PATTERNS; bits++) {
            float value = FloatBits.fromHalf((short) bits);
            int back = Short.toUnsignedInt(FloatBits.toHalf(value));
            assertThat(back).as("half %04x", bits).isEqualTo(Float.isNaN(value) ? bits | 0x200 : bits);
        }
    }

    @Test
    void everyBfloatSurvivesTheWayToFloatAndBack() {
        for (int bits = 0; bits < PATTERNS; bits++) {
            float value = FloatBits.fromBfloat((short) bits);
            int back = Short.toUnsignedInt(FloatBits.toBfloat(value));
            assertThat(back).as("bfloat %04x", bits).isEqualTo(Float.isNaN(value) ? bits | 0x40 : bits);
        }
    }

    @Test
    void valuesBetweenTwoHalvesGoToTheNearestAndTiesToTheEvenOne() {
        for (int bits = 0; bits < 0x7c00; bits++) {
            float low = FloatBits.fromHalf((short) bits);
            float high = bits == 0x7bff ? 65_536 : FloatBits.fromHalf((short) (bits + 1));
            float middle = (low + high) / 2;
            assertRounds(middle, bits % 2 == 0 ? bits : bits + 1, FloatBits.toHalf(middle), FloatBits.toHalf(-middle));
            float below = Math.nextDown(middle);
            assertRounds(below, bits, FloatBits.toHalf(below), FloatBits.toHalf(-below));
            float above = Math.nextUp(middle);
            assertRounds(above, bits + 1, FloatBits.toHalf(above), FloatBits.toHalf(-above));
        }
    }

    @Test
    void valuesBetweenTwoBfloatsGoToTheNearestAndTiesToTheEvenOne() {
        for (int bits = 0; bits < 0x7f80; bits++) {
            float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
            int even = bits % 2 == 0 ? bits : bits + 1;
            assertRounds(middle, even, FloatBits.toBfloat(middle), FloatBits.toBfloat(-middle));
            float below = Math.nextDown(middle);
            assertRounds(below, bits, FloatBits.toBfloat(below), FloatBits.toBfloat(-below));
            float above = Math.nextUp(middle);
            assertRounds(above, bits + 1, FloatBits.toBfloat(above), FloatBits.toBfloat(-above));
        }
    }

    @Test
    void valuesFarBeyondEveryHalfBecomeInfinite() {
        assertThat(FloatBits.toHalf(Float.MAX_VALUE)).isEqualTo((short) 0x7c00);
        assertThat(FloatBits.toHalf(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xfc00);
    }

    private static void assertRounds(float value, int expected, short positive, short negative) {
        assertThat(Short.toUnsignedInt(positive)).as("%s", value).isEqualTo(expected);
        assertThat(Short.toUnsignedInt(negative)).as("-%s", value).isEqualTo(expected | 0x8000);
    }
}
