package dev.dllm4j.decoder.convert;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Turns a row-major matrix of one-byte codes, as an encoder gives it chunk by chunk, into its columns one after the other.
 * The matrix is in memory until its last row is there. Confined to one thread.
 */
final class TransposingEncoder implements WeightEncoder {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Int8Encoder encoder;
    private final ByteBuffer columns;
    /** The columns of a chunk, one after the other. */
    private final byte[] turned;

    private final int rows;
    private final int width;
    private int done;

    /** @param shape {@code [rows, width]} */
    TransposingEncoder(Transcoder transcoder, Int8Encoder encoder, List<Long> shape) {
        this.encoder = encoder;
        this.rows = Math.toIntExact(shape.get(0));
        this.width = Math.toIntExact(shape.get(1));
        this.turned = transcoder.turned();
        this.columns = transcoder.wholeMatrix(Math.multiplyExact(rows, width));
    }

    @Override
    public int chunk() {
        return encoder.chunk();
    }

    @Override
    public ByteBuffer encode(ByteBuffer chunk) throws OutOfRangeException {
        ByteBuffer encoded = encoder.encode(chunk);
        int count = encoded.remaining() / width;
        IntStream.range(0, width).parallel().forEach(column -> {
            for (int row = 0; row < count; row++) {
                turned[column * count + row] = encoded.get(row * width + column);
            }
            columns.put(column * rows + done, turned, column * count, count);
        });
        done += count;
        return NOTHING;
    }

    @Override
    public List<ByteBuffer> rest() {
        return List.of(columns, encoder.rest().get(1));
    }
}
