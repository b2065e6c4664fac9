package dev.dllm4j.decoder.convert;

/** Numbers that are to be encoded by a common scale. */
final class FiniteRow {
    private FiniteRow() {}

    /**
     * The largest magnitude.
     *
     * @throws OutOfRangeException where one is infinite, or no number
     */
    static float largest(float[] values, int from, int count) throws OutOfRangeException {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(values[i])); // NaN stays
        }
        if (!Float.isFinite(largest)) {
            throw new OutOfRangeException(firstNotFinite(values, from));
        }
        return largest;
    }

    private static float firstNotFinite(float[] values, int from) {
        int i = from;
        while (Float.isFinite(values[i])) {
            i++;
        }
        return values[i];
    }
}
