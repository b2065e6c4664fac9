package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a file, of which it holds SHA-256 hashes only: one a line in hexadecimal digits, as {@code sha256sum}
 * prints them; what stands behind a blank is for the reader, lines that begin with # are comments. Thread-safe.
 */
final class ApiKeys {
    private static final System.Logger LOGGER = System.getLogger(ApiKeys.class.getName());
    private static final String SCHEME = "Bearer ";

    private final Path file;
    private volatile List<byte[]> hashes;
    private volatile FileTime readAt;

    /** @throws IllegalArgumentException if the file holds something else, or nothing */
    ApiKeys(Path file) {
        this.file = file;
        readAt = modified();
        hashes = read();
    }

    /** Reads the file anew if it has changed; one that cannot be read leaves the keys as they are. */
    void reload() {
        try {
            FileTime modified = modified();
            if (!modified.equals(readAt)) {
                readAt = modified;
                hashes = read();
            }
        } catch (UncheckedIOException | IllegalArgumentException e) {
            LOGGER.log(Level.WARNING, "the API keys stay as they were: " + e.getMessage());
        }
    }

    /**
     * Which key a request shows, as the hexadecimal digits of its hash.
     *
     * @param authorization the header, absent or not
     * @throws ApiError if it is none of the file's
     */
    String check(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw ApiError.request(
                    401, "invalid_api_key", "the API key is missing; send it as Authorization: Bearer KEY");
        }
        byte[] shown = hash(authorization.substring(SCHEME.length()).strip());
        boolean known = false;
        // Every key is looked at in full: how long that takes tells nothing of them.
        for (byte[] hash : hashes) {
            known |= MessageDigest.isEqual(hash, shown);
        }
        if (!known) {
            throw ApiError.request(401, "invalid_api_key", "the API key is not known here; check it");
        }
        return HexFormat.of().formatHex(shown);
    }

    private FileTime modified() {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    private List<byte[]> read() {
        List<byte[]> found = new ArrayList<>();
        try {
            List<String> lines = Files.readAllLines(file);
            for (int number = 1; number <= lines.size(); number++) {
                key(lines.get(number - 1), number).ifPresent(found::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    file + " holds no key; add the SHA-256 of one: printf %s KEY | sha256sum >> " + file);
        }
        return List.copyOf(found);
    }

    private Optional<byte[]> key(String line, int number) {
        String hash = line.strip().split("\\s", 2)[0];
        if (hash.isEmpty() || hash.startsWith("#")) {
            return Optional.empty();
        }
        if (!hash.matches("[0-9a-fA-F]{64}")) {
            throw new IllegalArgumentException(
                    "line " + number + " of " + file
                            + " is no SHA-256 of a key; it must begin with 64 hexadecimal digits, as from printf %s KEY | sha256sum");
        }
        return Optional.of(HexFormat.of().parseHex(hash));
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
