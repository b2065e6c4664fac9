package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Locale;

/** Rewrites chunks of one data type in another. Holds its scratch space, so one thread at a time. */
final class Transcoder {
    /** Elements of the largest chunk: at most 4 MiB. */
    static final int CHUNK = 1 << 20;

    /** What a conversion takes of direct memory besides a whole matrix, and more. */
    private static final int SPARE_MEBIBYTES = 64;

    private final float[] values = new float[CHUNK];
    private final byte[] codes = new byte[CHUNK];
    private final byte[] turned = new byte[CHUNK];
    private final ByteBuffer matrix;
    private final ByteBuffer output = chunk();

    /** For weights none of which has to be in memory as a whole. */
    Transcoder() {
        this(0);
    }

    /** @param wholeBytes that {@link #wholeMatrix} is asked for at most */
    Transcoder(int wholeBytes) {
        matrix = ByteBuffer.allocateDirect(wholeBytes);
    }

    /**
     * One for all weights of a plan.
     *
     * @throws ModelException where this JVM has less memory left than that takes
     */
    static Transcoder of(WeightPlan plan) {
        try {
            return new Transcoder(plan.wholeBytes());
        } catch (OutOfMemoryError e) {
            throw new ModelException(
                    String.format(
                            Locale.ROOT,
                            "the largest matrix is held in memory as it is rounded, and this JVM has not the %d MB of"
                                    + " direct memory left; start Java with -XX:MaxDirectMemorySize=%dm, e.g. by"
                                    + " JDK_JAVA_OPTIONS",
                            plan.wholeBytes() / 1_000_000,
                            (plan.wholeBytes() >> 20) + SPARE_MEBIBYTES),
                    e);
        }
    }

    /** Room for the codes of a chunk. */
    byte[] codes() {
        return codes;
    }

    /** Room for the codes of a chunk in another order. */
    byte[] turned() {
        return turned;
    }

    /** A buffer that the next call reuses, for a matrix of codes that has to be in memory as a whole. */
    ByteBuffer wholeMatrix(int bytes) {
        return matrix.clear().limit(bytes);
    }

    /** A buffer for chunks of any type. */
    static ByteBuffer chunk() {
        return ByteBuffer.allocateDirect(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A whole tensor as float32, row-major. */
    static float[] floats(SourceTensor tensor) {
        float[] floats =
                new float[Math.toIntExact(tensor.bytes() / tensor.type().bytes())];
        Transcoder transcoder = new Transcoder();
        ByteBuffer chunk = chunk();
        int end = 0;
        try (TensorReader reader = new TensorReader(tensor)) {
            while (reader.next(chunk)) {
                int elements = chunk.remaining() / tensor.type().bytes();
                transcoder.decode(chunk, tensor.type(), elements);
                System.arraycopy(transcoder.values, 0, floats, end, elements);
                end += elements;
            }
        }
        return floats;
    }

    /** The numbers of a chunk, in an array that the next call reuses. */
    float[] floats(ByteBuffer input, DataType type) {
        decode(input, type, input.remaining() / type.bytes());
        return values;
    }

    /**
     * The chunk in type {@code to}: {@code input} itself where nothing changes, else a buffer that the next call reuses.
     *
     * @throws OutOfRangeException where a finite value would become infinite
     */
    ByteBuffer transcode(ByteBuffer input, DataType from, DataType to) throws OutOfRangeException {
        if (from == to) {
            return input;
        }
        int elements = input.remaining() / from.bytes();
        decode(input, from, elements);
        output.clear().limit(elements * to.bytes());
        encode(to, elements);
        return output;
    }

    private void decode(ByteBuffer input, DataType type, int elements) {
        switch (type) {
            case F32 -> input.asFloatBuffer().get(values, 0, elements);
            case F16 -> {
                ShortBuffer halves = input.asShortBuffer();
                for (int i = 0; i < elements; i++) {
                    values[i] = FloatBits.fromHalf(halves.get(i));
                }
            }
            case BF16 -> {
                ShortBuffer bfloats = input.asShortBuffer();
                for (int i = 0; i < elements; i++) {
                    values[i] = FloatBits.fromBfloat(bfloats.get(i));
                }
            }
        }
    }

    private void encode(DataType type, int elements) throws OutOfRangeException {
        switch (type) {
            case F32 -> output.asFloatBuffer().put(values, 0, elements);
            case F16 -> {
                ShortBuffer halves = output.asShortBuffer();
                for (int i = 0; i < elements; i++) {
                    short half = FloatBits.toHalf(values[i]);
                    if ((half & 0x7fff) == 0x7c00) {
                        requireInfinite(values[i]);
                    }
                    halves.put(i, half);
                }
            }
            case BF16 -> {
                ShortBuffer bfloats = output.asShortBuffer();
                for (int i = 0; i < elements; i++) {
                    short bfloat = FloatBits.toBfloat(values[i]);
                    if ((bfloat & 0x7fff) == 0x7f80) {
                        requireInfinite(values[i]);
                    }
                    bfloats.put(i, bfloat);
                }
            }
        }
    }

    private static void requireInfinite(float value) throws OutOfRangeException {
        if (Float.isFinite(value)) {
            throw new OutOfRangeException(value);
        }
    }
}
