package dev.dllm4j.decoder.golden;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Unpacks the project's reference data once for all tests of all modules, whoever comes first. */
final class Unpacked {
    private Unpacked() {}

    /**
     * The unpacked folders, below one whose name follows from the files' sums: it is whole from the moment it is there,
     * and packing anew makes another. Any number of threads and processes may ask at once.
     *
     * @param packed a folder of packed folders
     * @param target where the unpacked ones go
     * @throws IOException also if a file is not the one whose sum is kept; nothing is left then
     */
    static Path of(Path packed, Path target) throws IOException {
        List<PackedFolder> folders = folders(packed);
        Path whole = target.resolve(key(folders));
        if (!Files.isDirectory(whole)) {
            Path own = Files.createTempDirectory(Files.createDirectories(target), "unpacking");
            try {
                for (PackedFolder folder : folders) {
                    Path output = Files.createDirectory(
                            own.resolve(packed.relativize(folder.folder()).toString()));
                    folder.unpack(output);
                    folder.requireSums(output);
                }
                moveUnlessThere(own, whole);
            } finally {
                delete(own);
            }
        }
        return whole;
    }

    /** Deletes a folder with all that is in it, if it is there. */
    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            List<Path> all;
            try (Stream<Path> files = Files.walk(folder)) {
                all = new ArrayList<>(files.toList());
            }
            for (int i = all.size() - 1; i >= 0; i--) {
                Files.delete(all.get(i));
            }
        }
    }

    private static List<PackedFolder> folders(Path packed) throws IOException {
        try (Stream<Path> children = Files.list(packed)) {
            return children.filter(child -> Files.exists(child.resolve(PackedFolder.SUMS)))
                    .sorted()
                    .map(PackedFolder::new)
                    .toList();
        }
    }

    private static String key(List<PackedFolder> folders) throws IOException {
        ByteArrayOutputStream sums = new ByteArrayOutputStream();
        for (PackedFolder folder : folders) {
            Files.copy(folder.folder().resolve(PackedFolder.SUMS), sums);
        }
        return Sums.sum(sums.toByteArray()).substring(0, 16);
    }

    private static void moveUnlessThere(Path own, Path whole) throws IOException {
        try {
            Files.move(own, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Somebody else was first: a folder with files in it is not replaced.
            if (!Files.isDirectory(whole)) {
                throw e;
            }
        }
    }
}
