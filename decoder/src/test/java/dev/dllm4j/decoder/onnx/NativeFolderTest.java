package dev.dllm4j.decoder.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dllm4j.decoder.onnx.PackedLibraries.Library;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFolderTest {
    @TempDir
    private Path folder;

    private Path cache;
    private List<Library> libraries = List.of();

    @BeforeEach
    void pack() throws IOException {
        cache = folder.resolve("cache/onnxruntime");
        Path jar = folder.resolve("libraries.jar");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (String name : List.of("libone.so", "libtwo.so")) {
                zip.putNextEntry(new ZipEntry("native/" + name));
                zip.write(("code of " + name).getBytes(UTF_8));
            }
        }
        libraries = List.of(library(jar, "libone.so"), library(jar, "libtwo.so"));
    }

    @Test
    void librariesAreUnpackedOnce() throws IOException {
        Path unpacked = NativeFolder.inCache(cache, libraries);
        assertThat(names(unpacked)).containsExactly("libone.so", "libtwo.so");
        assertThat(unpacked.resolve("libtwo.so")).hasContent("code of libtwo.so");
        FileTime then = FileTime.from(Instant.EPOCH);
        Files.setLastModifiedTime(unpacked.resolve("libone.so"), then);
        assertThat(NativeFolder.inCache(cache, libraries)).isEqualTo(unpacked);
        assertThat(Files.getLastModifiedTime(unpacked.resolve("libone.so"))).isEqualTo(then);
    }

    @Test
    void aDamagedLibraryIsUnpackedAgainAndOtherContentHasAFolderOfItsOwn() throws IOException {
        Path unpacked = NativeFolder.inCache(cache, libraries);
        Files.writeString(unpacked.resolve("libone.so"), "code of libxxx.so");
        Files.delete(unpacked.resolve("libtwo.so"));
        NativeFolder.inCache(cache, libraries);
        assertThat(unpacked.resolve("libone.so")).hasContent("code of libone.so");
        assertThat(unpacked.resolve("libtwo.so")).hasContent("code of libtwo.so");
        assertThat(NativeFolder.inCache(cache, libraries.subList(0, 1))).isNotEqualTo(unpacked);
    }

    @Test
    void aFolderThatOthersMayWriteIsNotUsed() throws IOException {
        assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
                "this file system has no permissions");
        NativeFolder.inCache(cache, libraries);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
                .isEqualTo("rwx------");
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> NativeFolder.inCache(cache, libraries))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("can be written by others");
    }

    @Test
    void manyWhoUnpackAtOnceShareOneFolder() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        List<Path> folders = new ArrayList<>();
        try {
            Callable<Path> unpack = () -> NativeFolder.inCache(cache, libraries);
            for (Future<Path> unpacked : executor.invokeAll(List.of(unpack, unpack, unpack, unpack))) {
                folders.add(unpacked.get());
            }
        } finally {
            executor.shutdown();
        }
        assertThat(folders).allMatch(folders.get(0)::equals);
        assertThat(names(folders.get(0))).containsExactly("libone.so", "libtwo.so");
    }

    @Test
    void theJarsDirectoryTellsSizesAndChecksums() throws Exception {
        Path jar = folder.resolve("classes.jar");
        String neighbour = "dev/dllm4j/decoder/onnx/NativeFolder.class";
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar));
                var bytes = NativeFolder.class.getClassLoader().getResourceAsStream(neighbour)) {
            assertThat(bytes).isNotNull();
            zip.putNextEntry(new ZipEntry(neighbour));
            bytes.transferTo((OutputStream) zip);
            zip.putNextEntry(new ZipEntry("native/libone.so"));
            zip.write("code of libone.so".getBytes(UTF_8));
        }
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            Class<?> inJar = loader.loadClass("dev.dllm4j.decoder.onnx.NativeFolder");
            List<Library> found =
                    PackedLibraries.beside(inJar, "/native/libone.so", List.of("libone.so", "libnone.so"));
            assertThat(found).hasSize(1);
            assertThat(found.get(0).bytes()).isEqualTo(17);
            assertThat(found.get(0).crc()).isEqualTo(crc("code of libone.so"));
            found.get(0).unpack(folder.resolve("unpacked"));
            assertThat(folder.resolve("unpacked")).hasContent("code of libone.so");
        }
        assertThat(PackedLibraries.beside(NativeFolder.class, "/native/libone.so", List.of("libone.so")))
                .isEmpty();
    }

    private static Library library(Path jar, String name) throws IOException {
        String content = "code of " + name;
        URL url = URI.create("jar:" + jar.toUri() + "!/native/" + name).toURL();
        return new Library(name, content.length(), crc(content), url);
    }

    private static long crc(String content) {
        CRC32 checksum = new CRC32();
        checksum.update(content.getBytes(UTF_8));
        return checksum.getValue();
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
