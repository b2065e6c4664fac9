package dev.dllm4j.train.file;

import dev.dllm4j.decoder.file.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Replaces a file by a rename: whatever happens, there is the old one or the new one, never a part. */
public final class WholeFile {
    private WholeFile() {}

    /** Writes the bytes of a file. */
    @FunctionalInterface
    public interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /** Writes a file beside its place, makes the disk keep it, and moves it there. */
    public static void write(Path file, Content content) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new NoSuchFileException("folder " + parent);
        }
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        part.toFile().deleteOnExit(); // Ctrl-C ends the process in the middle of a file.
        try {
            try (FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Disk.keepNames(parent);
        } catch (FileSystemException e) {
            Files.deleteIfExists(part);
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(part);
            throw new IOException(
                    file + " cannot be written: " + e.getMessage() + "; what was there before is untouched, make space",
                    e);
        }
    }

    /** Writes all of a buffer, however often the channel has to be asked. */
    public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
