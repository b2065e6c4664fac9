package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * Reads a tensor in chunks, of {@link Transcoder#CHUNK} elements where nothing else is said. The file is not mapped: mapped pages would count as
 * this process's memory. Failures to read name the checkpoint's file, so none is left for the caller to tell from its
 * own.
 */
final class TensorReader implements AutoCloseable {
    private final SourceTensor tensor;
    private final FileChannel channel;
    private final int chunk;
    private long position;
    private long remaining;

    TensorReader(SourceTensor tensor) {
        this(tensor, Transcoder.CHUNK);
    }

    /** @param chunk numbers of each chunk but the last, at most {@link Transcoder#CHUNK} */
    TensorReader(SourceTensor tensor, int chunk) {
        this.tensor = tensor;
        this.chunk = chunk;
        this.position = tensor.position();
        this.remaining = tensor.bytes();
        try {
            ReadableFile.size(tensor.file());
            this.channel = FileChannel.open(tensor.file(), StandardOpenOption.READ);
        } catch (IOException e) {
            throw FileFailure.reading(tensor.file(), e);
        }
    }

    /** Puts the next chunk between the buffer's position 0 and its limit, unless the tensor is at its end. */
    boolean next(ByteBuffer buffer) {
        buffer.clear()
                .limit((int) Math.min(remaining, (long) chunk * tensor.type().bytes()));
        remaining -= buffer.remaining();
        boolean more = buffer.hasRemaining();
        try {
            while (buffer.hasRemaining()) {
                int read = channel.read(buffer, position);
                if (read < 0) {
                    throw new ModelException("%s ends within tensor %s; it changed while it was read, convert again"
                            .formatted(tensor.file(), tensor.name()));
                }
                position += read;
            }
        } catch (IOException e) {
            throw FileFailure.reading(tensor.file(), e);
        }
        buffer.flip();
        return more;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileFailure.reading(tensor.file(), e);
        }
    }
}
