package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Gives a tied LLaDA checkpoint more rows than the disk could hold: a hole in the file, read as zeros. */
final class SparseEmbedding {
    private static final String EMBEDDING = "model.transformer.wte.weight";
    /** The tensor behind the embedding, the file's last. */
    private static final String FINAL_NORM = "model.transformer.ln_f.weight";

    private SparseEmbedding() {}

    static SourceTensor grow(Path checkpoint, Shape shape, int rows) throws IOException {
        Path file = checkpoint.resolve(Checkpoint.SINGLE);
        long rowBytes = (long) shape.hidden() * shape.type().bytes();
        JsonEdit.change(checkpoint.resolve("config.json"), config -> config.put("embedding_size", rows));
        Edit.header(file, header -> {
            ObjectNode embedding = header.withObject(EMBEDDING);
            embedding.putArray("shape").add(rows).add(shape.hidden());
            long begin = embedding.path("data_offsets").path(0).longValue();
            long end = begin + rows * rowBytes;
            embedding.putArray("data_offsets").add(begin).add(end);
            header.withObject(FINAL_NORM).putArray("data_offsets").add(end).add(end + rowBytes);
        });
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(sparse.length() + (rows - shape.vocabulary()) * rowBytes);
        }
        return SafeTensors.read(file).stream()
                .filter(tensor -> tensor.name().equals(EMBEDDING))
                .findFirst()
                .orElseThrow();
    }
}
