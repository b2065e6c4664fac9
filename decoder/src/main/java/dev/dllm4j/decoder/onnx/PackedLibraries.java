package dev.dllm4j.decoder.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;

/**
 * Native libraries inside a jar. Sizes and checksums come from the jar's directory, so that nothing is unpacked to learn
 * them. A checksum finds damage; who may write where libraries are unpacked is {@link NativeFolder}'s to watch.
 */
final class PackedLibraries {
    private static final int BUFFER_BYTES = 1 << 16;

    private PackedLibraries() {}

    /** One library. */
    record Library(String fileName, long bytes, long crc, URL url) {
        /** Whether a file has the library's content. */
        boolean equalsFile(Path file) throws IOException {
            if (!Files.isRegularFile(file) || Files.size(file) != bytes) {
                return false;
            }
            CRC32 checksum = new CRC32();
            byte[] buffer = new byte[BUFFER_BYTES];
            try (InputStream in = Files.newInputStream(file)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    checksum.update(buffer, 0, read);
                }
            }
            return checksum.getValue() == crc;
        }

        void unpack(Path file) throws IOException {
            try (InputStream in = uncached(url).getInputStream()) {
                Files.copy(in, file);
            }
        }
    }

    /**
     * Those of the given file names that lie beside a class's resource; none where classes do not lie in a jar.
     *
     * @param resource is there in any case
     */
    static List<Library> beside(Class<?> neighbour, String resource, List<String> fileNames) throws IOException {
        URL url = neighbour.getResource(resource);
        if (url == null || !(uncached(url) instanceof JarURLConnection connection)) {
            return List.of();
        }
        String entry = connection.getEntryName();
        String folder = entry.substring(0, entry.lastIndexOf('/') + 1);
        List<Library> libraries = new ArrayList<>();
        try (JarFile jar = connection.getJarFile()) {
            for (String fileName : fileNames) {
                JarEntry found = jar.getJarEntry(folder + fileName);
                if (found != null && found.getSize() >= 0 && found.getCrc() >= 0) {
                    libraries.add(new Library(fileName, found.getSize(), found.getCrc(), new URL(url, fileName)));
                }
            }
        }
        return libraries;
    }

    /** Eight hexadecimal digits that change with the content of any. */
    static String digest(List<Library> libraries) {
        CRC32 all = new CRC32();
        libraries.forEach(library -> all.update((library.fileName() + " " + library.crc() + "\n").getBytes(UTF_8)));
        return String.format(Locale.ROOT, "%08x", all.getValue());
    }

    private static URLConnection uncached(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false);
        return connection;
    }
}
