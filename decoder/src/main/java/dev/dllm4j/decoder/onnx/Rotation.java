package dev.dllm4j.decoder.onnx;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Cosines and sines of the rotary position embedding: half the rotated width w a position, angle {@code p·theta^(−2i/w)},
 * with angle and frequency rounded to float32 as the originals do. Grows with the highest position seen; not
 * thread-safe.
 */
final class Rotation {
    private final float[] frequencies;
    private float[] cosines = {};
    private float[] sines = {};
    private int positions;

    Rotation(double theta, int width) {
        frequencies = new float[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / width;
            frequencies[i] = 1 / (float) Math.pow(theta, exponent);
        }
    }

    /** Writes a position's angles into one row of {@code [rows, w/2]} tables. */
    void put(int position, FloatBuffer cosine, FloatBuffer sine, int row) {
        reach(position);
        int width = frequencies.length;
        cosine.put(row * width, cosines, position * width, width);
        sine.put(row * width, sines, position * width, width);
    }

    private void reach(int position) {
        if (position < positions) {
            return;
        }
        int width = frequencies.length;
        int wanted = Math.max(position + 1, 2 * positions);
        cosines = Arrays.copyOf(cosines, wanted * width);
        sines = Arrays.copyOf(sines, wanted * width);
        for (; positions < wanted; positions++) {
            for (int i = 0; i < width; i++) {
                float angle = positions * frequencies[i];
                cosines[positions * width + i] = (float) Math.cos(angle);
                sines[positions * width + i] = (float) Math.sin(angle);
            }
        }
    }
}
