package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a file, of which it holds SHA-256 hashes only: one a line in hexadecimal digits, as {@code sha256sum}
 * prints them; what stands after a blank is for the reader, lines that begin with # are comments.
 *
 * <p>A file that was emptied or deleted revokes every key. One that cannot be read or understood leaves the keys as they
 * were for {@link #GRACE}, and revokes them then. Thread-safe.
 */
final class ApiKeys {
    /** How long keys outlive the file that they were read from. */
    static final Duration GRACE = Duration.ofMinutes(5);

    private static final System.Logger LOGGER = System.getLogger(ApiKeys.class.getName());
    private static final String NAME = "API key file";
    private static final String SCHEME = "Bearer ";

    private final Path file;
    private final LongSupplier nanoTime;
    private volatile Known known;
    /** Guarded by this object: what the keys were read from. */
    private byte[] content;

    /** How far the keys can be relied on. */
    enum State {
        /** They are those of the file. */
        CURRENT,
        /** The file cannot be read or understood; they are those that it had before. */
        STALE,
        /** There is none: nobody is let in. */
        NONE
    }

    /** @param complaint of the file, where the state is not current; empty for none */
    private record Known(List<byte[]> hashes, State state, long since, String complaint) {}

    /**
     * Reads the keys.
     *
     * @throws IllegalArgumentException if the file holds something else, or nothing, or cannot be read
     */
    ApiKeys(Path file, LongSupplier nanoTime) {
        this.file = file;
        this.nanoTime = nanoTime;
        content = ConfigFile.read(NAME, file);
        List<byte[]> hashes = hashes(content);
        if (hashes.isEmpty()) {
            throw new IllegalArgumentException(
                    file + " holds no key; add the SHA-256 of one: printf %s KEY | sha256sum >> " + file);
        }
        known = new Known(hashes, State.CURRENT, nanoTime.getAsLong(), "");
    }

    State state() {
        return known.state();
    }

    /** Reads the file anew, whether or not its time has changed. Whatever fails is a file that cannot be read. */
    synchronized void reload() {
        try {
            byte[] found = ConfigFile.read(NAME, file);
            if (known.complaint().isEmpty() && Arrays.equals(found, content)) {
                return;
            }
            List<byte[]> hashes = hashes(found);
            content = found;
            if (hashes.isEmpty()) {
                revoke("the API key file " + file + " holds no key");
            } else {
                known = new Known(hashes, State.CURRENT, nanoTime.getAsLong(), "");
                LOGGER.log(Level.INFO, file + " has changed; API keys known: " + hashes.size());
            }
        } catch (RuntimeException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                revoke("the API key file " + file + " does not exist any more");
            } else {
                keep(String.valueOf(e.getMessage()));
            }
        }
    }

    /** Lets nobody in. */
    private void revoke(String why) {
        if (known.state() != State.NONE) {
            LOGGER.log(Level.WARNING, why + "; every key is revoked");
        }
        known = new Known(List.of(), State.NONE, nanoTime.getAsLong(), why);
    }

    /** Leaves the keys as they were, for a while. */
    private void keep(String why) {
        if (known.state() == State.NONE) {
            return;
        }
        long since = known.state() == State.STALE ? known.since() : nanoTime.getAsLong();
        if (nanoTime.getAsLong() - since >= GRACE.toNanos()) {
            revoke(why);
            return;
        }
        if (!known.complaint().equals(why)) {
            LOGGER.log(
                    Level.ERROR,
                    why + "; the API keys stay as they were, and are revoked after " + GRACE.toMinutes() + " minutes");
        }
        known = new Known(known.hashes(), State.STALE, since, why);
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
        boolean found = false;
        // Every key is looked at in full: how long that takes tells nothing of them.
        for (byte[] hash : known.hashes()) {
            found |= MessageDigest.isEqual(hash, shown);
        }
        if (!found) {
            throw ApiError.request(401, "invalid_api_key", "the API key is not known here; check it");
        }
        return HexFormat.of().formatHex(shown);
    }

    private List<byte[]> hashes(byte[] lines) {
        List<byte[]> found = new ArrayList<>();
        int number = 0;
        for (String line : new String(lines, StandardCharsets.UTF_8).split("\n", -1)) {
            hash(line, ++number).ifPresent(found::add);
        }
        return List.copyOf(found);
    }

    private Optional<byte[]> hash(String line, int number) {
        String hash = line.strip().split("\\s", 2)[0];
        if (hash.isEmpty() || hash.startsWith("#")) {
            return Optional.empty();
        }
        if (!hash.matches("[0-9a-fA-F]{64}")) {
            throw new IllegalArgumentException(
                    "line " + number + " of " + file
                            + " is not a SHA-256 of a key; it must begin with 64 hexadecimal digits, as from printf %s KEY | sha256sum");
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
