package dev.dllm4j.decoder.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The project's own reference data, how it is packed, and how it comes out of that. */
class ReferenceDataTest {
    private static final Path PACKED = GoldenFolder.projectRoot().resolve("reference");
    private static final int MOST_BYTES = 20 << 20;

    @TempDir
    Path folder;

    @Test
    void unpackedFilesAreByteForByteThoseThatWerePacked() throws IOException {
        Path given = GoldenFolder.named(System.getProperty("dllm4j.golden", ""))
                .orElse(GoldenFolder.projectRoot().resolve("../shared/golden").normalize());
        assumeTrue(
                Files.isDirectory(given),
                () -> "the folder that was packed is not at " + given
                        + "; -Ddllm4j.golden=DIR names it. The sums of all files are compared wherever they are unpacked");
        Path own = Unpacked.of(PACKED, folder).resolve("golden");
        int same = 0;
        for (Path file : Sums.files(given)) {
            String name = Sums.name(given, file);
            if (name.contains("/") && !name.startsWith("tokenizer/")) {
                assertThat(own.resolve(name)).hasSameBinaryContentAs(file);
                same++;
            }
        }
        System.out.println("reference/golden: " + same + " files are byte for byte those of " + given);
        assertThat(Sums.of(own).byName().keySet().stream().filter(name -> !name.startsWith("tokenizer/")))
                .hasSize(same);
    }

    @Test
    void itIsSmallAndHoldsEachWeightOnce() throws IOException {
        long bytes = 0;
        for (Path file : Sums.files(PACKED)) {
            bytes += Files.size(file);
        }
        assertThat(bytes).isLessThan(MOST_BYTES);
        assertThat(entries(PACKED.resolve("golden/llada-tiny.zip")))
                .contains(
                        "llada-tiny/f32/model.safetensors",
                        "llada-tiny/bf16/model.safetensors.header",
                        "llada-tiny/f32-sharded/model-00001-of-00002.safetensors.header",
                        "llada-tiny/f32-sharded/model-00002-of-00002.safetensors.header");
    }

    @Test
    void roundedWeightsAndShardsAreMadeAgainAndOthersAreKept() throws IOException {
        Path model = folder.resolve("given/model");
        float[] values = {1, -0x1.01p0f, 0x1.03p0f, (float) Math.PI, Float.MIN_VALUE, -0f};
        write(model.resolve("f32/model.safetensors"), header("F32", 24), floats(values));
        byte[] rounded = bfloats(0x3F80, 0xBF80, 0x3F82, 0x4049, 0x0000, 0x8000);
        write(model.resolve("bf16/model.safetensors"), header("BF16", 12), rounded);
        write(model.resolve("shards/one.safetensors"), header("F32", 24) + " ", floats(values));
        write(model.resolve("other/model.safetensors"), header("BF16", 12), bfloats(0, 1, 2, 3, 4, 5));
        write(model.resolve("half/model.safetensors"), header("F16", 12), rounded);

        Path output = folder.resolve("packed");
        PackReference.pack(folder.resolve("given"), output.resolve("set"), List.of());

        assertThat(entries(output.resolve("set/model.zip")))
                .containsExactly(
                        "model/bf16/model.safetensors.header",
                        "model/f32/model.safetensors",
                        "model/half/model.safetensors",
                        "model/other/model.safetensors",
                        "model/shards/one.safetensors.header");
        Path unpacked = Unpacked.of(output, folder.resolve("unpacked")).resolve("set");
        assertThat(Sums.of(unpacked)).isEqualTo(Sums.of(folder.resolve("given")));
    }

    @Test
    void whateverNumberAsksAtOnceAllGetOneWholeFolder() throws Exception {
        List<Callable<Path>> askers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            askers.add(() -> {
                Path whole = Unpacked.of(smallSet("packed"), folder.resolve("target"));
                assertThat(whole.resolve("set/notes/a.txt")).hasContent("a");
                return whole;
            });
        }
        smallSet("packed");
        ExecutorService threads = Executors.newFixedThreadPool(askers.size());
        try {
            for (Future<Path> whole : threads.invokeAll(askers)) {
                assertThat(whole.get()).isDirectory();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(folder.resolve("target").toFile().list()).hasSize(1);
    }

    @Test
    void aFileOtherThanTheOneWhoseSumIsKeptIsRefusedByName() throws IOException {
        Path packed = smallSet("packed");
        Files.writeString(packed.resolve("set/kept.txt"), "changed");

        assertThatIOException()
                .isThrownBy(() -> Unpacked.of(packed, folder.resolve("target")))
                .withMessageStartingWith("kept.txt, unpacked from ")
                .withMessageContaining("is not the file whose sum is in SHA256SUMS; restore the folder with git");
        assertThat(folder.resolve("target")).isEmptyDirectory();
    }

    @Test
    void anotherFolderIsNamedFromTheRootOnAndMustBeThere() {
        assertThat(GoldenFolder.named("")).isEmpty();
        assertThat(GoldenFolder.named("reference")).contains(PACKED);
        assertThatIllegalStateException()
                .isThrownBy(() -> GoldenFolder.named("no/such"))
                .withMessageContaining("no/such, which is not a folder; name one of reference data");
    }

    /** An archive with one file, and a file beside it. */
    private Path smallSet(String name) throws IOException {
        Path packed = folder.resolve(name);
        if (!Files.exists(packed)) {
            Path notes = Files.createDirectories(folder.resolve("small/notes"));
            Files.writeString(notes.resolve("a.txt"), "a");
            Files.writeString(Files.createDirectories(packed.resolve("set")).resolve("kept.txt"), "kept");
            PackReference.pack(folder.resolve("small"), packed.resolve("set"), List.of());
        }
        return packed;
    }

    private static List<String> entries(Path archive) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile());
                Stream<String> names = zip.stream().map(entry -> entry.getName())) {
            return names.toList();
        }
    }

    private static String header(String type, int bytes) {
        return "{\"__metadata__\":{\"format\":\"pt\"},\"w\":{\"dtype\":\"" + type
                + "\",\"shape\":[6],\"data_offsets\":[0," + bytes + "]}}";
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static byte[] bfloats(int... bits) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(bits).forEach(value -> bytes.putShort((short) value));
        return bytes.array();
    }

    private static void write(Path file, String header, byte[] data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.createDirectories(file.resolveSibling(""));
        Files.write(file, bytes.putLong(text.length).put(text).put(data).array());
    }
}
