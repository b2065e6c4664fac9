package dev.dllm4j.decoder.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.dllm4j.decoder.convert.TensorFile;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Any header, with its own length in front or another, as a safetensors file: refused, or every tensor lies within it. */
public final class SafeTensorsFuzz {
    private static final Path FILE = file();

    private SafeTensorsFuzz() {}

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(FuzzedDataProvider data) throws IOException {
        boolean lies = data.consumeBoolean();
        long said = data.consumeLong();
        int dataBytes = data.consumeInt(0, 256);
        byte[] header = data.consumeRemainingAsString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(Long.BYTES + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(lies ? said : header.length).put(header);
        Files.write(FILE, bytes.array());
        try {
            TensorFile file = TensorFile.open(FILE);
            file.names().forEach(name -> read(file, name, dataBytes));
        } catch (ModelException refusal) {
            // What it is for.
        }
    }

    private static void read(TensorFile file, String name, int dataBytes) {
        int values = file.values(name, file.shape(name)).length;
        if ((long) values * Float.BYTES > dataBytes) {
            throw new AssertionError(
                    "tensor " + name + " has " + values + " values in " + dataBytes + " bytes of data");
        }
    }

    private static Path file() {
        try {
            Path file = Files.createTempFile("fuzz", ".safetensors");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
