package dev.dllm4j.decoder.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A file that somebody else made. Only ordinary files are opened, and links to them: opening a pipe waits until somebody
 * writes to it, and a device has no end. What is read whole is bounded first.
 */
public final class ReadableFile {
    private static final long MEBIBYTE = 1 << 20;

    private ReadableFile() {}

    /** Whether there is anything of this name, also a link that leads to nothing. */
    public static boolean exists(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * The file's size in bytes.
     *
     * @throws RefusedFileException if it is no ordinary file, nor a link to one
     * @throws NoSuchFileException if there is nothing of its name
     */
    public static long size(Path file) throws IOException {
        BasicFileAttributes attributes = attributes(file);
        if (attributes.isDirectory()) {
            throw refused(file, "a folder");
        }
        if (!attributes.isRegularFile()) {
            throw refused(file, "a pipe, socket or device");
        }
        return attributes.size();
    }

    /** As {@link #size}, for a file that must not have more bytes than {@code most}. */
    public static long size(Path file, long most) throws IOException {
        long bytes = size(file);
        if (bytes > most) {
            throw tooLong(file, bytes, most);
        }
        return bytes;
    }

    /** Opens an ordinary file. */
    public static InputStream open(Path file) throws IOException {
        size(file);
        return Files.newInputStream(file);
    }

    /** The whole content of an ordinary file of at most {@code most} bytes. */
    public static byte[] bytes(Path file, int most) throws IOException {
        size(file, most);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new RefusedFileException(file + " grew while it was read; take one that is complete");
            }
            return bytes;
        }
    }

    /** The text of an ordinary file of at most {@code most} bytes of UTF-8. */
    public static String text(Path file, int most) throws IOException {
        return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(file, most))).toString();
    }

    /** As {@link #text}, empty where there is nothing of the file's name. */
    public static Optional<String> textIfPresent(Path file, int most) throws IOException {
        return exists(file) ? Optional.of(text(file, most)) : Optional.empty();
    }

    /** The lines of such a text. */
    public static List<String> lines(Path file, int most) throws IOException {
        return text(file, most).lines().toList();
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            if (exists(file)) {
                throw refused(file, "a link that leads to nothing");
            }
            throw e;
        }
    }

    private static RefusedFileException refused(Path file, String what) {
        return new RefusedFileException(file + " is " + what + "; it must be an ordinary file or a link to one,"
                + " so put the file itself there");
    }

    private static RefusedFileException tooLong(Path file, long bytes, long most) {
        return new RefusedFileException(String.format(
                Locale.ROOT,
                "%s has %d MiB; it may have %d MiB at most, so check that it is the right file",
                file,
                (bytes + MEBIBYTE - 1) / MEBIBYTE,
                most / MEBIBYTE));
    }
}
