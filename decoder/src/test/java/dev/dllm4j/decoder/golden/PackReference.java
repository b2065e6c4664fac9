package dev.dllm4j.decoder.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Packs a folder of reference data for the project; {@code reference/README.md} has the command. */
public final class PackReference {
    private PackReference() {}

    /**
     * Packs.
     *
     * @param args the folder, where its archives go, and names of folders in it that stay out
     */
    public static void main(String[] args) throws IOException {
        if (args.length < 2) {
            throw new IllegalArgumentException("usage: PackReference FOLDER OUTPUT [LEFT-OUT]...");
        }
        pack(Path.of(args[0]), Path.of(args[1]), List.of(args).subList(2, args.length));
    }

    /** Archives replace those of the same name; other files in the output are kept, and get sums as well. */
    static void pack(Path source, Path output, List<String> leftOut) throws IOException {
        PackedFolder packed = new PackedFolder(Files.createDirectories(output));
        try (Stream<Path> children = Files.list(source)) {
            for (Path folder : children.filter(Files::isDirectory).sorted().toList()) {
                if (!leftOut.contains(folder.getFileName().toString())) {
                    packed.pack(folder);
                }
            }
        }
        Path unpacked = Files.createTempDirectory("reference");
        try {
            packed.unpack(unpacked);
            Sums.of(unpacked).write(output.resolve(PackedFolder.SUMS));
        } finally {
            Unpacked.delete(unpacked);
        }
    }
}
