package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialFolderTest {
    @TempDir
    private Path folder;

    @Test
    void moreThanTheDiskHasFreeIsNotBegun() {
        assertThatThrownBy(() -> PartialFolder.beside(folder.resolve("model"), Long.MAX_VALUE))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("model needs", "MB free", "make space");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aDiskThatIsFullUnderwayIsNamedAndNothingIsLeft() throws Exception {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), Shape.llada());
        ModelSpec spec = HfConfig.read(checkpoint).spec();
        long weights = WeightPlan.fileBytes(spec, WeightTypes.of(WeightType.F32, spec), false);
        Path disk = mount("tmpfs", "-o", "size=8m");
        try {
            long usable = Files.getFileStore(disk).getUsableSpace();
            Files.write(disk.resolve("taken"), new byte[Math.toIntExact(usable - weights - (16 << 10))]);
            assertThatThrownBy(() -> convert(checkpoint, disk.resolve("model")))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("cannot be written: No space left on device", "make space");
            assertThat(disk.toFile().list()).containsExactly("taken");
        } finally {
            run("umount", disk.toString());
        }
    }

    /** Embedding and head take 1 MB each in int8. */
    @Test
    void aDiskWithRoomForInt8AloneIsEnoughForIt() throws Exception {
        Shape shape = new Shape(Family.LLADA, 1, 64, 4, 2, 96, 16_000, 64, false, DataType.F32, 1);
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), shape);
        Path disk = mount("tmpfs", "-o", "size=7m");
        try {
            assertThatThrownBy(() -> convert(checkpoint, disk.resolve("model")))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("model needs 8 MB", "MB free", "make space");
            assertThat(disk).isEmptyDirectory();
            for (WeightType type : new WeightType[] {WeightType.INT8, WeightType.INT4}) {
                Path model = disk.resolve(type.toString());
                ModelFolder written =
                        Converter.convert(checkpoint, model, new ConvertOptions(type), ConvertProgress.SILENT);
                assertThat(written.diskBytes()).isLessThan(4_000_000);
            }
        } finally {
            run("umount", disk.toString());
        }
    }

    @Test
    void aReadOnlyDiskIsNamedWithARemedyThatHelps() throws Exception {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), Shape.llada());
        Path disk = mount("tmpfs", "-o", "ro");
        try {
            assertThatThrownBy(() -> convert(checkpoint, disk.resolve("model")))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("disk cannot be written: Read-only file system; allow it", "another");
        } finally {
            run("umount", disk.toString());
        }
    }

    private static void convert(Path checkpoint, Path model) {
        Converter.convert(checkpoint, model, ConvertOptions.defaults(), ConvertProgress.SILENT);
    }

    private Path mount(String type, String... options) throws IOException, InterruptedException {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        String[] command = new String[5 + options.length];
        command[0] = "mount";
        command[1] = "-t";
        command[2] = type;
        System.arraycopy(options, 0, command, 3, options.length);
        command[3 + options.length] = type;
        command[4 + options.length] = disk.toString();
        assumeTrue(run(command) == 0, "only root may mount a small disk");
        return disk;
    }

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
        } catch (IOException e) {
            return -1;
        }
    }
}
