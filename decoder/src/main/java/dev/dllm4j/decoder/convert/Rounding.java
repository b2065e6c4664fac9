package dev.dllm4j.decoder.convert;

/** Rounding that compilers turn into vector instructions. */
final class Rounding {
    /** 1.5 · 2²³: floats of its magnitude are whole numbers. */
    private static final float WHOLE = 0x1.8p23f;

    private Rounding() {}

    /** The nearest whole number of a small one, to even in ties. */
    static float toInteger(float value) {
        return value + WHOLE - WHOLE;
    }
}
