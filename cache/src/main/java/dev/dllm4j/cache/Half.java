package dev.dllm4j.cache;

/**
 * The sixteen-bit floating-point type of IEEE 754, bit by bit. Narrowing rounds to nearest, ties to even; infinities and
 * NaN stay what they are.
 */
final class Half {
    /** Halves from here on, without their sign, are infinite or NaN. */
    private static final int INFINITE = 0x7c00;

    private static final int FLOAT_INFINITY = 0x7f80_0000;
    private static final int MAGNITUDE = 0x7fff_ffff;
    /** 2^112 moves a half's exponent, read as a float's, to its place; it normalises subnormal halves as well. */
    private static final float HALF_TO_FLOAT = 0x1p112f;
    /** 65,536: at and above it every finite value rounds beyond the largest half, 65,504. */
    private static final int ABOVE_HALVES = 0x4780_0000;
    /** 2^-14, the smallest normal half. */
    private static final int NORMAL_HALF = 0x3880_0000;
    /** The last bit of 0.5f weighs 2^-24, as the last bit of a subnormal half does. */
    private static final float SUBNORMAL_ROUNDING = 0.5f;

    private Half() {}

    static float toFloat(short half) {
        int sign = (half & 0x8000) << 16;
        float magnitude = Float.intBitsToFloat((half & 0x7fff) << 13) * HALF_TO_FLOAT;
        int bits = Float.floatToRawIntBits(magnitude);
        if ((half & INFINITE) == INFINITE) {
            bits = FLOAT_INFINITY | (half & 0x3ff) << 13;
        }
        return Float.intBitsToFloat(sign | bits);
    }

    /** @throws RowRangeException for a finite value that rounds beyond the largest half */
    static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & MAGNITUDE;
        if (magnitude >= ABOVE_HALVES) {
            return (short) (sign | withoutNumber(value));
        }
        if (magnitude < NORMAL_HALF) {
            float rounded = Float.intBitsToFloat(magnitude) + SUBNORMAL_ROUNDING;
            return (short) (sign | Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(SUBNORMAL_ROUNDING));
        }
        int rounded = (magnitude - (112 << 23) + 0xfff + (magnitude >>> 13 & 1)) >>> 13;
        if (rounded == INFINITE) {
            throw new RowRangeException(value);
        }
        return (short) (sign | rounded);
    }

    private static int withoutNumber(float value) {
        if (Float.isFinite(value)) {
            throw new RowRangeException(value);
        }
        return Float.isNaN(value) ? INFINITE | 0x200 : INFINITE;
    }
}
