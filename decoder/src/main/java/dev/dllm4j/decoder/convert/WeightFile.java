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
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the file with every weight of a model, tensor by tensor and chunk by chunk: memory does not depend on the size
 * of a tensor, unless its type has to have it as a whole. Hashes what it writes. Confined to one thread.
 */
final class WeightFile {
    private final FileChannel channel;
    private final WeightPlan plan;
    private final ConvertProgress progress;
    private final MessageDigest digest = StoredFile.digest();
    private final Transcoder transcoder;
    private final ByteBuffer input = Transcoder.chunk();
    private final ByteBuffer zeros = ByteBuffer.allocateDirect((int) Weight.ALIGNMENT);
    private final long tensorBytes;
    private long position;
    private long writtenBytes;
    private int writtenTensors;

    private WeightFile(FileChannel channel, WeightPlan plan, Transcoder transcoder, ConvertProgress progress) {
        this.channel = channel;
        this.plan = plan;
        this.transcoder = transcoder;
        this.progress = progress;
        this.tensorBytes = plan.tensorBytes();
    }

    /** @param transcoder made for the plan */
    static StoredFile write(Path file, WeightPlan plan, Transcoder transcoder, ConvertProgress progress) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            return new WeightFile(channel, plan, transcoder, progress).write();
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    private StoredFile write() throws IOException {
        for (Map.Entry<WeightKey, SourceTensor> entry : plan.sources().entrySet()) {
            Weight weight = plan.weight(entry.getKey());
            write(zeros.clear().limit((int) (weight.offset() - position)));
            append(entry.getValue(), weight);
            writtenTensors++;
            tellProgress();
        }
        return StoredFile.of(position, digest);
    }

    private void append(SourceTensor tensor, Weight weight) throws IOException {
        WeightEncoder encoder = weight.type().matrix().encoder(transcoder, tensor.type(), weight.shape());
        try (TensorReader reader = new TensorReader(tensor, encoder.chunk())) {
            while (reader.next(input)) {
                ByteBuffer chunk = encode(tensor, weight.type(), encoder);
                writtenBytes += chunk.remaining();
                write(chunk);
                tellProgress();
            }
        }
        List<ByteBuffer> rest = encoder.rest();
        for (int part = 0; part < rest.size(); part++) {
            if (part > 0) {
                write(zeros.clear().limit((int) (weight.partOffset(part) - position)));
            }
            writtenBytes += rest.get(part).remaining();
            write(rest.get(part));
        }
    }

    private ByteBuffer encode(SourceTensor tensor, MatrixType type, WeightEncoder encoder) {
        try {
            if (plan.finite() && type == MatrixType.F32) {
                FiniteRow.largest(
                        transcoder.floats(input, tensor.type()),
                        0,
                        input.remaining() / tensor.type().bytes());
            }
            return encoder.encode(input);
        } catch (OutOfRangeException e) {
            // Far from its cause it would turn every row of the model into NaN, or into a number that means nothing.
            throw new ModelException(
                    "%s: tensor %s holds %s, %s"
                            .formatted(tensor.file(), tensor.name(), e.value(), remedy(e.value(), type)),
                    e);
        }
    }

    private String remedy(float value, MatrixType type) {
        if (!Float.isFinite(value)) {
            return "which is not to be said in codes; download the checkpoint again, or convert with --weights f32 to"
                    + " see what it gives";
        }
        return "beyond the range of %s; convert with --weights %s"
                .formatted(type.name().toLowerCase(Locale.ROOT), type == MatrixType.F16 ? "bf16 or f32" : "f32");
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
