package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the file with every weight of a model, tensor by tensor and chunk by chunk: memory does not depend on the size
 * of a tensor. Hashes what it writes. Confined to one thread.
 */
final class WeightFile {
    private final FileChannel channel;
    private final WeightPlan plan;
    private final ConvertProgress progress;
    private final MessageDigest digest = StoredFile.digest();
    private final Transcoder transcoder = new Transcoder();
    private final ByteBuffer input = Transcoder.chunk();
    private final ByteBuffer zeros = ByteBuffer.allocateDirect((int) Weight.ALIGNMENT);
    private final long tensorBytes;
    private long position;
    private long writtenBytes;
    private int writtenTensors;

    private WeightFile(FileChannel channel, WeightPlan plan, ConvertProgress progress) {
        this.channel = channel;
        this.plan = plan;
        this.progress = progress;
        this.tensorBytes = plan.tensorBytes();
    }

    static StoredFile write(Path file, WeightPlan plan, ConvertProgress progress) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            return new WeightFile(channel, plan, progress).write();
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    private StoredFile write() throws IOException {
        for (Map.Entry<WeightKey, SourceTensor> entry : plan.sources().entrySet()) {
            Weight weight = plan.weight(entry.getKey());
            write(zeros.clear().limit((int) (weight.offset() - position)));
            append(entry.getValue(), weight.type());
            writtenTensors++;
            tellProgress();
        }
        return StoredFile.of(position, digest);
    }

    private void append(SourceTensor tensor, DataType type) throws IOException {
        try (TensorReader reader = new TensorReader(tensor)) {
            while (reader.next(input)) {
                ByteBuffer chunk = transcode(tensor, type);
                writtenBytes += chunk.remaining();
                write(chunk);
                tellProgress();
            }
        }
    }

    private ByteBuffer transcode(SourceTensor tensor, DataType type) {
        try {
            return transcoder.transcode(input, tensor.type(), type);
        } catch (OutOfRangeException e) {
            // An infinity would turn every row of the model into NaN, far from its cause.
            throw new ModelException(
                    "%s: tensor %s holds %s, beyond the range of %s; convert with --dtype %s"
                            .formatted(
                                    tensor.file(),
                                    tensor.name(),
                                    e.value(),
                                    type.name().toLowerCase(Locale.ROOT),
                                    type == DataType.F16 ? "bf16 or f32" : "f32"),
                    e);
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        position += bytes.remaining();
        digest.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void tellProgress() {
        progress.advanced(
                writtenBytes, tensorBytes, writtenTensors, plan.sources().size());
    }
}
