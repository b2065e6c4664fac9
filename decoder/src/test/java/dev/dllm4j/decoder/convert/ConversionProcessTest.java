package dev.dllm4j.decoder.convert;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

class ConversionProcessTest {
    private static final long MIB = 1 << 20;
    private static final long PEAK_LIMIT_MIB = 1024 + 64;
    /** Rows that make the embedding of a model of this width larger than 2 GiB in two-byte elements. */
    private static final int ROWS = 262_400;

    private static final Shape WIDE = new Shape(Family.LLADA, 1, 4096, 32, 1, 8, 32, 64, true, DataType.BF16, 1);

    @TempDir
    private Path folder;

    @Test
    void aTensorAboveTwoGibibytesIsConvertedWithinAGibibyte() throws Exception {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), WIDE);
        SourceTensor embedding = SparseEmbedding.grow(checkpoint, WIDE, ROWS);
        assertThat(embedding.bytes()).isGreaterThan(Integer.MAX_VALUE);
        byte[] marker = "the last bytes arrive".getBytes(UTF_8);
        long markerInTensor = embedding.bytes() - marker.length;
        write(embedding.file(), embedding.position() + markerInTensor, marker);

        Path output = folder.resolve("model");
        long peak = convert(checkpoint, output);

        // The embedding is the file's first tensor.
        assertThat(read(output, markerInTensor, marker.length)).isEqualTo(marker);
        requirePeak(peak, embedding.bytes());
    }

    /** As dInfer saves them: the gates and ups of a layer's 64 experts in one tensor. */
    @Test
    void theExpertsOfALayerInOneTensorAboveTwoGibibytesAreConvertedWithinAGibibyte() throws Exception {
        Path checkpoint = SparseExperts.fused(folder.resolve("checkpoint"), 1, 4096, 64, 2049);
        SourceTensor gates = SparseExperts.tensor(checkpoint, "model.layers.0.mlp.w1");
        assertThat(gates.bytes()).isGreaterThan(Integer.MAX_VALUE);
        byte[] marker = "the last expert arrives".getBytes(UTF_8);
        write(gates.file(), gates.position() + gates.bytes() - marker.length, marker);

        Path output = folder.resolve("model");
        long peak = convert(checkpoint, output);

        WeightPlan plan = SparseExperts.plan(checkpoint);
        Weight last = plan.weight(new WeightKey(0, Role.EXPERT_UP, 63));
        assertThat(read(output, last.offset() + last.bytes() - marker.length, marker.length))
                .isEqualTo(marker);
        requirePeak(peak, gates.bytes());
    }

    /** The sizes of LLaDA-MoE-7B, and one layer more for its embedding and head. */
    @Test
    @EnabledIfSystemProperty(named = "dllm4j.large", matches = "true", disabledReason = "writes 14 GB")
    void fourteenGigabytesOfExpertsAreConvertedWithinAGibibyte() throws Exception {
        Path checkpoint = SparseExperts.fused(folder.resolve("checkpoint"), 17, 2048, 64, 1024);
        long bytes = SparseExperts.plan(checkpoint).tensorBytes();
        assertThat(bytes).isGreaterThan(14_000_000_000L);
        long peak = convert(checkpoint, folder.resolve("model"));
        System.out.println(bytes + " bytes, at most " + peak + " KiB resident");
        requirePeak(peak, bytes);
    }

    /** Of the head, which is larger than the direct memory that the JVM grants. */
    @Test
    void aMatrixThatDoesNotFitIntoDirectMemoryIsRefusedBeforeAnythingIsWritten() throws Exception {
        Shape shape = new Shape(Family.LLADA, 1, 512, 4, 1, 8, 16_500, 64, true, DataType.BF16, 1);
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), shape);
        Path models = Files.createDirectory(folder.resolve("models"));
        Process process = ConversionProcess.start(
                checkpoint,
                models.resolve("model"),
                WeightType.INT8,
                "stand-still",
                "-Xmx96m",
                "-XX:MaxDirectMemorySize=8m");
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).isOne();
        assertThat(said.lines().findFirst())
                .hasValueSatisfying(line -> assertThat(line)
                        .endsWith("ModelException: the largest matrix is held in memory as it is rounded, and this JVM"
                                + " has not the 8 MB of direct memory left; start Java with"
                                + " -XX:MaxDirectMemorySize=72m, e.g. by JDK_JAVA_OPTIONS"));
        assertThat(models).isEmptyDirectory();
    }

    @Test
    void whatAKilledConversionLeavesIsDeletedByTheNext() throws Exception {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), Shape.llada());
        Path models = Files.createDirectory(folder.resolve("models"));
        Process process = ConversionProcess.start(checkpoint, models.resolve("killed"), WeightType.F32, "stand-still");
        BufferedReader said = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        assertThat(said.readLine()).isEqualTo(ConversionProcess.STANDS_STILL);
        process.destroyForcibly().waitFor();
        assertThat(models).isNotEmptyDirectory();
        Converter.convert(checkpoint, models.resolve("model"), ConvertOptions.defaults(), ConvertProgress.SILENT);
        assertThat(models.toFile().list()).containsExactly("model");
    }

    @Test
    void aConversionThatIsTerminatedLeavesNothingBehind() throws Exception {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), Shape.llada());
        Path models = Files.createDirectory(folder.resolve("models"));
        Process process = ConversionProcess.start(checkpoint, models.resolve("model"), WeightType.F32, "stand-still");
        assumeTrue(process.supportsNormalTermination(), "this system has no signal that lets a process tidy up");
        BufferedReader said = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        assertThat(said.readLine()).isEqualTo(ConversionProcess.STANDS_STILL);
        assertThat(models).isNotEmptyDirectory();
        process.destroy();
        process.waitFor();
        assertThat(models).isEmptyDirectory();
    }

    private static void write(Path file, long position, byte[] bytes) throws IOException {
        try (RandomAccessFile source = new RandomAccessFile(file.toFile(), "rw")) {
            source.seek(position);
            source.write(bytes);
        }
    }

    private static byte[] read(Path model, long position, int count) throws IOException {
        byte[] bytes = new byte[count];
        try (RandomAccessFile weights =
                new RandomAccessFile(model.resolve(Converter.WEIGHTS).toFile(), "r")) {
            weights.seek(position);
            weights.readFully(bytes);
        }
        return bytes;
    }

    /** Converts in a process of its own; its largest resident memory in KiB, or -1 where that is not known. */
    private static long convert(Path checkpoint, Path output) throws IOException, InterruptedException {
        Process process = ConversionProcess.start(
                checkpoint, output, WeightType.BF16, "silent", "-Xmx96m", "-XX:MaxDirectMemorySize=64m");
        String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();
        String peak = said.substring(said.lastIndexOf(ConversionProcess.PEAK) + ConversionProcess.PEAK.length());
        return peak.equals(ConversionProcess.UNKNOWN) ? -1 : Long.parseLong(peak);
    }

    private static void requirePeak(long peak, long bytes) {
        assumeTrue(peak >= 0, "this system has no /proc/self/status to read peak memory from");
        System.out.printf("converted %d MiB with a peak of %d KiB resident%n", bytes / MIB, peak);
        assertThat(peak / 1024).isLessThan(PEAK_LIMIT_MIB);
    }
}
