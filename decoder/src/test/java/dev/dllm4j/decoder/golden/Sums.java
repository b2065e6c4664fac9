package dev.dllm4j.decoder.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * SHA-256 of files.
 *
 * @param byName hexadecimal sums by the files' names, which have slashes and start at a folder
 */
record Sums(SortedMap<String, String> byName) {
    private static final String BETWEEN = "  ";

    /** Those of every file below a folder. */
    static Sums of(Path folder) throws IOException {
        SortedMap<String, String> sums = new TreeMap<>();
        for (Path file : files(folder)) {
            sums.put(name(folder, file), sum(Files.readAllBytes(file)));
        }
        return new Sums(sums);
    }

    /** Reads {@code sha256sum}'s format. */
    static Sums read(Path file) throws IOException {
        SortedMap<String, String> sums = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            int end = line.indexOf(BETWEEN);
            sums.put(line.substring(end + BETWEEN.length()), line.substring(0, end));
        }
        return new Sums(sums);
    }

    /** Writes {@code sha256sum}'s format. */
    void write(Path file) throws IOException {
        Files.writeString(
                file,
                byName.entrySet().stream()
                        .map(entry -> entry.getValue() + BETWEEN + entry.getKey() + "\n")
                        .collect(Collectors.joining()));
    }

    /** The first name that the other has not got, or with another sum, or only the other. */
    Optional<String> differsAt(Sums other) {
        return Stream.concat(byName.keySet().stream(), other.byName.keySet().stream())
                .filter(name -> !byName.getOrDefault(name, "absent").equals(other.byName.get(name)))
                .findFirst();
    }

    /** Every file below a folder, in the order of their names. */
    static Iterable<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** A file's name from a folder on, with slashes. */
    static String name(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    /** SHA-256 in hexadecimal digits. */
    static String sum(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
