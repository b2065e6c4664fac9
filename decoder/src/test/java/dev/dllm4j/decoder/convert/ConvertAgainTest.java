package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.family.FamilyOptions;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.testing.CheckpointTensors;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversions of a folder that is converted already. */
class ConvertAgainTest {
    private static final Shape WIDE = new Shape(Family.LLADA, 2, 64, 4, 2, 96, 97, 256, false, DataType.F32, 11);

    @TempDir
    private Path folder;

    private Path checkpoint;
    private Path models;
    private Path output;

    @BeforeEach
    void writeACheckpoint() throws IOException {
        checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), WIDE);
        models = Files.createDirectory(folder.resolve("models"));
        output = models.resolve("again");
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void weightsAreThoseThatTheCheckpointItselfBecomes(WeightType type) {
        Path converted = convert(checkpoint, "floats", WeightType.F32);
        ModelFolder direct = ModelFolder.read(convert(checkpoint, "direct", type));
        assertThat(ModelFolder.read(convert(converted, "again", type)).files()).isEqualTo(direct.files());
    }

    @Test
    void aFolderThatHasLostWhatAnotherTypeWouldKeepIsRefused() {
        Path coded = convert(checkpoint, "coded", WeightType.INT8);
        assertRefused(
                coded,
                new ConvertOptions(WeightType.INT4),
                coded + " has int8 weights",
                "; convert the checkpoint itself, or a folder of f32, f16 or bf16");
    }

    @Test
    void aFolderOfAnOlderVersionIsRefused() throws IOException {
        Path older = convert(checkpoint, "older", WeightType.F32);
        JsonEdit.change(older.resolve(Manifest.NAME), json -> json.put("format", 5));
        assertRefused(
                older,
                new ConvertOptions(WeightType.INT8),
                "format is 5; this version of dllm4j reads " + Manifest.FORMAT,
                "convert the checkpoint again");
    }

    @ParameterizedTest
    @CsvSource({"3, 0, false", "-1, 8, false", "-1, 0, true"})
    void whatIsSaidOfACheckpointIsRefused(int mask, int block, boolean kind) {
        Path converted = convert(checkpoint, "floats", WeightType.F32);
        FamilyOptions stated = new FamilyOptions(
                mask < 0 ? OptionalInt.empty() : OptionalInt.of(mask),
                block == 0 ? OptionalInt.empty() : OptionalInt.of(block),
                kind ? Optional.of(FamilyOptions.Kind.MDLM) : Optional.empty());
        assertRefused(
                converted,
                new ConvertOptions(WeightType.INT8, Set.of(), new TemplateChoice.Own(), stated),
                converted + " is converted",
                "leave out --mask-id, --block-length, --family and --ignore-config");
    }

    @Test
    void ignoredKeysOfACheckpointsConfigAreRefused() {
        Path converted = convert(checkpoint, "floats", WeightType.F32);
        assertRefused(
                converted,
                new ConvertOptions(WeightType.INT8, Set.of("logit_scale"), new TemplateChoice.Own()),
                converted + " is converted",
                "--ignore-config");
    }

    @Test
    void aValueBeyondFloat16IsNamedByItsPlaceInTheModel() throws IOException {
        Edit.element(checkpoint.resolve(Checkpoint.SINGLE), BadInput.QUERY, 5, 70_000);
        assertRefused(
                convert(checkpoint, "floats", WeightType.F32),
                new ConvertOptions(WeightType.F16),
                "tensor query of layer 1 holds 70000.0, beyond the range of f16",
                "--weights bf16 or f32");
    }

    /** Its scale is zero, and so are its numbers. */
    @ParameterizedTest
    @EnumSource(
            value = WeightType.class,
            names = {"INT8", "INT4", "MIXED"})
    void aRowOfZerosStaysOne(WeightType type) throws IOException {
        CheckpointTensors tensors = CheckpointTensors.read(checkpoint);
        tensors.change("model.transformer.wte.weight", (index, value) -> index / WIDE.hidden() == 7 ? 0 : value);
        tensors.change(BadInput.QUERY, (index, value) -> index / WIDE.hidden() == 3 ? 0 : value);
        tensors.save();
        Path coded = convert(checkpoint, "coded", type);
        ModelFolder model = ModelFolder.read(coded);
        Weight table = Objects.requireNonNull(model.places().get(WeightKey.outside(Role.EMBEDDING)));
        byte[] bytes = Files.readAllBytes(model.file(Converter.WEIGHTS));
        int row = Math.toIntExact(table.offset()) + 7 * WIDE.hidden();
        for (int i = row; i < row + WIDE.hidden(); i++) {
            assertThat(bytes[i]).isZero();
        }
        int scale = Math.toIntExact(table.partOffset(1)) + 7 * Float.BYTES;
        assertThat(bytes[scale + 3] | bytes[scale + 2] | bytes[scale + 1] | bytes[scale])
                .isZero();
    }

    private Path convert(Path from, String name, WeightType type) {
        return Converter.convert(from, models.resolve(name), new ConvertOptions(type), ConvertProgress.SILENT)
                .path();
    }

    private void assertRefused(Path from, ConvertOptions options, String... says) {
        String[] before = models.toFile().list();
        assertThatThrownBy(() -> Converter.convert(from, output, options, ConvertProgress.SILENT))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(says)
                .hasMessageContaining("; ")
                .hasMessageNotContaining("\n");
        assertThat(models.toFile().list()).containsExactlyInAnyOrder(before);
    }
}
