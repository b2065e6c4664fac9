package dev.dllm4j.cache;

import java.nio.FloatBuffer;
import java.util.Locale;

/** As what the numbers of kept rows are stored. */
public enum RowType {
    /** float32, as they are computed. */
    F32(Float.BYTES),
    /** float16: half the memory, eleven significant bits, and no magnitude above 65,504. */
    F16(Short.BYTES);

    private final int bytes;

    RowType(int bytes) {
        this.bytes = bytes;
    }

    /** Of one number. */
    int bytes() {
        return bytes;
    }

    /** Reads {@code f32} or {@code f16}. */
    public static RowType parse(String text) {
        return switch (text) {
            case "f32" -> F32;
            case "f16" -> F16;
            default -> throw new IllegalArgumentException("cache type is " + text + "; known are f32, f16");
        };
    }

    /**
     * Gives numbers the values that they have once they are kept, rounded to nearest, ties to even.
     *
     * @throws RowRangeException where a finite one would be kept as an infinite one
     */
    public void round(FloatBuffer numbers, int from, int count) {
        if (this == F16) {
            for (int i = from; i < from + count; i++) {
                numbers.put(i, Half.toFloat(Half.of(numbers.get(i))));
            }
        }
    }

    /** As users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
