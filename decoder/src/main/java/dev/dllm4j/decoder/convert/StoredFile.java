package dev.dllm4j.decoder.convert;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Size and content of a file in a model folder.
 *
 * @param sha256 in lower-case hexadecimal
 */
public record StoredFile(long bytes, String sha256) {
    private static final int BUFFER_BYTES = 1 << 16;

    static StoredFile of(Path file) throws IOException {
        MessageDigest digest = digest();
        long bytes = 0;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                bytes += read;
            }
        }
        return of(bytes, digest);
    }

    static StoredFile of(long bytes, MessageDigest digest) {
        return new StoredFile(bytes, HexFormat.of().formatHex(digest.digest()));
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
