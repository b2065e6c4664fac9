package dev.dllm4j.decoder.convert;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Copies files of a checkpoint. */
final class FileCopy {
    private FileCopy() {}

    /** The content alone: a copy of a read-only file can be written to. */
    static void content(Path file, Path target) {
        try (InputStream in = Files.newInputStream(file)) {
            Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }
}
