package dev.dllm4j.decoder.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Makes the disk keep what was written, so that a power cut behind a rename cannot leave a name without its content. */
public final class Disk {
    private Disk() {}

    /** A file's content and length. */
    public static void keep(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Every file of a folder, and their names. */
    public static void keepAll(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(Files::isRegularFile).toList();
            for (Path file : files) {
                keep(file);
            }
        }
        keepNames(folder);
    }

    /** The names in a folder; systems that cannot open a folder keep them by themselves. */
    public static void keepNames(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            return; // Windows opens no folders; there is nothing more to do
        }
    }
}
