package dev.dllm4j.decoder.convert;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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
        try (RandomAccessFile source = new RandomAccessFile(embedding.file().toFile(), "rw")) {
            source.seek(embedding.position() + markerInTensor);
            source.write(marker);
        }

        Path output = folder.resolve("model");
        Process process = ConversionProcess.start(
                checkpoint, output, DataType.BF16, "silent", "-Xmx96m", "-XX:MaxDirectMemorySize=64m");
        String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();

        byte[] arrived = new byte[marker.length];
        try (RandomAccessFile weights =
                new RandomAccessFile(output.resolve(Converter.WEIGHTS).toFile(), "r")) {
            weights.seek(markerInTensor); // the embedding is the file's first tensor
            weights.readFully(arrived);
        }
        assertThat(arrived).isEqualTo(marker);
        String peak = said.substring(said.lastIndexOf(ConversionProcess.PEAK) + ConversionProcess.PEAK.length());
        assumeTrue(
                !peak.equals(ConversionProcess.UNKNOWN),
                "this system has no /proc/self/status to read peak memory from");
        System.out.printf("converted %d MiB with a peak of %s KiB resident%n", embedding.bytes() / MIB, peak);
        assertThat(Long.parseLong(peak) / 1024).isLessThan(PEAK_LIMIT_MIB);
    }

    @Test
    void whatAKilledConversionLeavesIsDeletedByTheNext() throws Exception {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), Shape.llada());
        Path models = Files.createDirectory(folder.resolve("models"));
        Process process = ConversionProcess.start(checkpoint, models.resolve("killed"), DataType.F32, "stand-still");
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
        Process process = ConversionProcess.start(checkpoint, models.resolve("model"), DataType.F32, "stand-still");
        assumeTrue(process.supportsNormalTermination(), "this system has no signal that lets a process tidy up");
        BufferedReader said = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        assertThat(said.readLine()).isEqualTo(ConversionProcess.STANDS_STILL);
        assertThat(models).isNotEmptyDirectory();
        process.destroy();
        process.waitFor();
        assertThat(models).isEmptyDirectory();
    }
}
