package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("model.safetensors");
    }

    @Test
    void tensorsComeInTheOrderOfTheirBytes() throws IOException {
        String header = """
                {"__metadata__": {"format": "pt"},
                 "second": {"dtype": "BF16", "shape": [3], "data_offsets": [8, 14]},
                 "first": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}
                """;
        Edit.safetensors(file, header, new byte[14]);
        int data = Long.BYTES + header.length();
        assertThat(SafeTensors.read(file))
                .containsExactly(
                        new SourceTensor(file, "first", DataType.F32, List.of(1L, 2L), data, 8),
                        new SourceTensor(file, "second", DataType.BF16, List.of(3L), data + 8, 6));
    }

    @Test
    void emptyTensorsAndScalarsHaveAPlaceToo() throws IOException {
        Edit.safetensors(file, """
                {"scalar": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
                 "empty": {"dtype": "F32", "shape": [0, 7], "data_offsets": [0, 0]}}
                """, new byte[4]);
        assertThat(SafeTensors.read(file)).extracting(SourceTensor::name).containsExactly("empty", "scalar");
    }

    @Test
    void aFileWithoutTensorsIsEmpty() throws IOException {
        assertThat(SafeTensors.read(Edit.safetensors(file, "{}", new byte[0]))).isEmpty();
    }

    @Test
    void aHeaderAboveTheLimitIsNotEvenRead() throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(2L * SafeTensors.MAX_HEADER_BYTES);
            sparse.writeLong(Long.reverseBytes(SafeTensors.MAX_HEADER_BYTES + 1L));
        }
        assertThatThrownBy(() -> SafeTensors.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("header length is 33554433", "33554432 at most");
    }

    @Test
    void aTensorIsReadInChunksUpToItsEnd() throws IOException {
        int elements = Transcoder.CHUNK + 3;
        byte[] data = new byte[elements * 2];
        data[data.length - 1] = 42;
        Edit.safetensors(file, String.format(Locale.ROOT, """
                {"long": {"dtype": "BF16", "shape": [%d], "data_offsets": [0, %d]}}
                """, elements, data.length), data);
        ByteBuffer chunk = Transcoder.chunk();
        try (TensorReader reader = new TensorReader(SafeTensors.read(file).get(0))) {
            assertThat(reader.next(chunk)).isTrue();
            assertThat(chunk.remaining()).isEqualTo(Transcoder.CHUNK * 2);
            assertThat(reader.next(chunk)).isTrue();
            assertThat(chunk.remaining()).isEqualTo(6);
            assertThat(chunk.get(5)).isEqualTo((byte) 42);
            assertThat(reader.next(chunk)).isFalse();
        }
    }
}
