package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.convert.LossCheck.Measurement;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a conversion does for the check of its loss, whoever measures. */
class LossCheckTest {
    private static final WeightLoss LOSS = new WeightLoss(3, 64, 0.75, 20, 0.0123, 45);

    @TempDir
    private Path folder;

    private final List<Path> references = new ArrayList<>();
    private final List<WeightType> kept = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({"F32, F32", "F16, F16", "BF16, BF16"})
    void aCheckpointIsComparedInItsOwnTypeBesideTheOutput(DataType type, WeightType expected) {
        ModelFolder model = convert(checkpoint(type), "model", WeightType.INT8, this::measured);

        assertThat(kept).containsExactly(expected);
        assertThat(references.get(0).getParent()).isEqualTo(folder);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("checkpoint", "model");
        assertThat(model.loss()).contains(LOSS);
        model.verify();
    }

    @ParameterizedTest
    @CsvSource({"F32", "F16", "BF16"})
    void aConvertedFolderIsComparedItself(WeightType type) {
        Path before = convert(checkpoint(DataType.F32), "before", type, null).path();
        convert(before, "model", WeightType.INT8, this::measured);
        assertThat(references).containsExactly(before);
        assertThat(before).isNotEmptyDirectory();
    }

    @Test
    void theLossStandsInTheManifestAndAFolderMayBeWithoutOne() throws IOException {
        ModelFolder model = convert(checkpoint(DataType.F32), "model", WeightType.INT8, this::measured);
        assertThat(Files.readString(model.manifest())).contains("""
                  "loss" : {
                    "prompts" : 3,
                    "genLength" : 64,
                    "equalTokens" : 0.75,
                    "tokens" : 20,
                    "divergence" : 0.0123,
                    "rows" : 45
                  },
                """.indent(0).replace("\n", System.lineSeparator()));
        assertThat(ModelFolder.read(model.path())).isEqualTo(model);

        JsonEdit.change(model.manifest(), json -> json.remove("loss"));
        assertThat(ModelFolder.read(model.path()).loss()).isEmpty();
        assertThat(convert(model.path().resolveSibling("checkpoint"), "plain", WeightType.INT8, null)
                        .loss())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"equalTokens, 1.5", "divergence, -1", "prompts, 0", "rows, 0", "tokens, -1", "genLength, -3"})
    void aManifestWithALossThatCannotBeIsRefusedInOneLine(String field, String value) throws IOException {
        ModelFolder model = convert(checkpoint(DataType.F32), "model", WeightType.INT8, this::measured);
        JsonEdit.change(model.manifest(), json -> json.withObject("loss").put(field, Double.parseDouble(value)));
        assertThatThrownBy(() -> ModelFolder.read(model.path()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("dllm4j.json", field, "convert")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @CsvSource({"F32, F32", "BF16, F32", "BF16, BF16", "F16, F16"})
    void weightsThatLoseNothingAreRefusedBeforeAnythingIsWritten(DataType type, WeightType target) {
        Path checkpoint = checkpoint(type);
        assertThatThrownBy(() -> convert(checkpoint, "model", target, this::measured))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("weights as " + target + " keep every number", "checkpoint", "e.g. int8");
        assertThat(folder.toFile().list()).containsExactly("checkpoint");
    }

    @Test
    void sixteenBitsOfFloat32LoseSome() {
        assertThat(convert(checkpoint(DataType.F32), "half", WeightType.F16, this::measured)
                        .loss())
                .isPresent();
        assertThat(convert(folder.resolve("checkpoint"), "brain", WeightType.BF16, this::measured)
                        .loss())
                .isPresent();
    }

    @Test
    void aCheckThatFailsLeavesNothingOfTheModelOrTheReference() {
        Path checkpoint = checkpoint(DataType.F32);
        assertThatThrownBy(() -> convert(checkpoint, "model", WeightType.INT8, (reference, converted) -> {
                    assertThat(folder.toFile().list()).hasSizeGreaterThan(3);
                    throw new ModelException(converted + " gives no number; look at it");
                }))
                .isInstanceOf(ModelException.class)
                .hasMessage(checkpoint + " gives no number; look at it");
        assertThat(folder.toFile().list()).containsExactly("checkpoint");
    }

    @Test
    void theDiskMustHoldTheReferenceToo() {
        assertThatThrownBy(() -> PartialFolder.beside(folder.resolve("model"), 1_000_000, Long.MAX_VALUE))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("model needs 1 MB", "to check it against", "MB free", "make space");
        assertThat(folder).isEmptyDirectory();
    }

    private WeightLoss measured(Path reference, Path converted) {
        references.add(reference);
        kept.add(ModelFolder.read(reference).weights().type());
        assertThat(ModelFolder.read(converted).loss()).isEmpty();
        return LOSS;
    }

    private Path checkpoint(DataType type) {
        Shape shape = new Shape(Family.LLADA, 1, 32, 2, 2, 32, 40, 64, false, type, 5);
        return TinyCheckpoints.write(folder.resolve("checkpoint"), shape);
    }

    private ModelFolder convert(Path from, String name, WeightType type, @Nullable Measurement measurement) {
        Optional<LossCheck> check = Optional.ofNullable(measurement).map(Given::new);
        return Converter.convert(
                from, folder.resolve(name), new ConvertOptions(type), ConvertProgress.SILENT, Trial.NONE, check);
    }

    private record Given(Measurement measurement) implements LossCheck {
        @Override
        public Measurement prepare(Path folder, ModelSpec spec, Recipe recipe) {
            try {
                Files.size(folder.resolve("tokenizer.json"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return measurement;
        }

        @Override
        public ConvertProgress progress() {
            return ConvertProgress.SILENT;
        }
    }
}
