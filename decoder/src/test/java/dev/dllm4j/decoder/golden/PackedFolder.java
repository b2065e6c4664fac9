package dev.dllm4j.decoder.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * A folder of reference data as the project keeps it: an archive for each folder in it, files that are kept as they are,
 * and the sum of every file that comes of these. Of a weights file that follows from {@code ../f32}'s an archive holds
 * the header alone.
 *
 * @param folder where the archives lie
 */
record PackedFolder(Path folder) {
    /** The file of sums. */
    static final String SUMS = "SHA256SUMS";

    private static final String ARCHIVE = ".zip";
    private static final String HEADER = ".header";
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    /** Writes the archive of a folder; its files come back under its name. */
    void pack(Path source) throws IOException {
        Path archive = folder.resolve(source.getFileName() + ARCHIVE);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.setLevel(Deflater.BEST_COMPRESSION);
            for (Path file : Sums.files(source)) {
                byte[] bytes = Files.readAllBytes(file);
                boolean header = followsFromItsHeader(file, bytes);
                ZipEntry entry =
                        new ZipEntry(source.getFileName() + "/" + Sums.name(source, file) + (header ? HEADER : ""));
                entry.setTimeLocal(NO_TIME);
                zip.putNextEntry(entry);
                zip.write(header ? DerivedWeights.header(bytes) : bytes);
            }
        }
    }

    /**
     * Unpacks into an empty folder, without a look at the sums.
     *
     * @throws IOException also if an archive is broken
     */
    void unpack(Path output) throws IOException {
        for (Path file : Sums.files(folder)) {
            String name = Sums.name(folder, file);
            if (name.endsWith(ARCHIVE)) {
                unpack(file, output);
            } else if (!name.equals(SUMS)) {
                write(output.resolve(name), Files.readAllBytes(file));
            }
        }
    }

    /** @throws IOException if the unpacked files are not those whose sums are kept; names one */
    void requireSums(Path unpacked) throws IOException {
        Optional<String> name = Sums.read(folder.resolve(SUMS)).differsAt(Sums.of(unpacked));
        if (name.isPresent()) {
            throw new IOException(name.get() + ", unpacked from " + folder + ", is not the file whose sum is in " + SUMS
                    + "; restore the folder with git, or pack it again as its README says");
        }
    }

    private static void unpack(Path archive, Path output) throws IOException {
        Map<Path, byte[]> headers = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(archive))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String name = entry.getName();
                if (name.endsWith(HEADER)) {
                    headers.put(output.resolve(name.substring(0, name.length() - HEADER.length())), zip.readAllBytes());
                } else {
                    write(output.resolve(name), zip.readAllBytes());
                }
            }
        }
        for (Map.Entry<Path, byte[]> header : headers.entrySet()) {
            Path file = header.getKey();
            write(
                    file,
                    DerivedWeights.fill(header.getValue(), Files.readAllBytes(float32(file)))
                            .orElseThrow(() -> new IOException(file + " does not follow from " + float32(file))));
        }
    }

    private static boolean followsFromItsHeader(Path file, byte[] bytes) throws IOException {
        Path float32 = float32(file);
        return file.toString().endsWith(".safetensors")
                && Files.exists(float32)
                && !Files.isSameFile(file, float32)
                && DerivedWeights.fill(DerivedWeights.header(bytes), Files.readAllBytes(float32))
                        .filter(made -> Arrays.equals(made, bytes))
                        .isPresent();
    }

    private static Path float32(Path file) {
        return file.resolveSibling("../f32/model.safetensors").normalize();
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Files.write(file, bytes);
    }
}
