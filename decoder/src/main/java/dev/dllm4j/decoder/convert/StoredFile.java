package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Size and content of a file in a model folder.
 *
 * @param sha256 in lower-case hexadecimal
 */
public record StoredFile(long bytes, String sha256) {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public StoredFile {
        if (bytes < 0 || !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "a file has %d bytes and sha256 %s; it has 0 or more and 64 hex digits",
                    bytes,
                    Quote.content(sha256)));
        }
    }

    static StoredFile of(Path file) throws IOException {
        MessageDigest digest = digest();
        long bytes = 0;
        try (InputStream in = ReadableFile.open(file)) {
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
