package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.file.ReadableFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies files of a checkpoint. */
final class FileCopy {
    private static final int BUFFER_BYTES = 1 << 16;

    private FileCopy() {}

    /** The content alone: a copy of a read-only file can be written to. */
    static void content(Path file, Path target) {
        try (InputStream in = ReadableFile.open(file)) {
            copy(in, target);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private static void copy(InputStream in, Path target) throws IOException {
        OutputStream out;
        try {
            Files.deleteIfExists(target);
            out = Files.newOutputStream(target);
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
        try (out) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                write(out, buffer, read, target);
            }
        }
    }

    private static void write(OutputStream out, byte[] buffer, int bytes, Path target) {
        try {
            out.write(buffer, 0, bytes);
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }
}
