package dev.dllm4j.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Small files that the server's user names. A pipe or a device is not read, since it may give nothing, or no end. */
final class ConfigFile {
    private static final int MAX_BYTES = 1 << 20;

    private ConfigFile() {}

    /**
     * Reads a file whole.
     *
     * @param name what it is, for messages
     * @throws IllegalArgumentException if it is not a file, or a long one, or cannot be read; because of a
     *     {@link NoSuchFileException} if nothing is there
     */
    static byte[] read(String name, Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "the " + name + " is " + file + ", which is not a regular file; name one");
        }
        try (InputStream input = Files.newInputStream(file)) {
            byte[] content = input.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "the " + name + " is " + file + ", which is longer than 1 MiB; name the right one");
            }
            return content;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the " + name + " is " + file + ", which cannot be read; check its name and permissions", e);
        }
    }
}
