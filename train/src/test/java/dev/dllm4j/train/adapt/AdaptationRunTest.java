package dev.dllm4j.train.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.run.Budget;
import dev.dllm4j.train.run.Example;
import dev.dllm4j.train.run.RunClock;
import dev.dllm4j.train.run.TrainProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdaptationRunTest {
    private static final TrainProgress SILENT = (clock, share, loss) -> {};
    private static final TinyCheckpoints.Shape SHAPE =
            TinyCheckpoints.Shape.llada().type(DataType.BF16);
    private static final List<Integer> PADS = List.of(20, 21, 22);

    @TempDir
    Path folder;

    @BeforeEach
    void writeTheBase() {
        TinyCheckpoints.write(folder.resolve("base"), SHAPE);
    }

    @Test
    void aSeedGivesTheSameWeightsAgainAndAnotherSeedOthers() throws IOException {
        train("first", 20, adaptation(3), false, SILENT);
        train("second", 20, adaptation(3), false, SILENT);
        train("other", 20, adaptation(4), false, SILENT);
        assertThat(values("second", "model.safetensors"))
                .isEqualTo(values("first", "model.safetensors"))
                .isNotEqualTo(values("other", "model.safetensors"));
    }

    @Test
    void aRunThatWasKilledGoesOnAsIfNothingHadHappened() throws IOException {
        train("whole", 12, adaptation(3), false, SILENT);
        assertThatThrownBy(() -> train("cut", 12, adaptation(3), false, killAt(7)))
                .hasMessage("killed");
        assertThat(train("cut", 12, adaptation(3), true, SILENT).steps()).isEqualTo(12);
        assertThat(values("cut", "training.safetensors")).isEqualTo(values("whole", "training.safetensors"));
        assertThat(values("cut", "model.safetensors")).isEqualTo(values("whole", "model.safetensors"));
    }

    @Test
    void aFullDiskAtACheckpointLeavesTheOneBefore() throws IOException {
        assertThatThrownBy(() -> train("run", 12, adaptation(3), false, killAt(3)))
                .hasMessage("killed");
        Map<String, List<Float>> before = values("run", "training.safetensors");
        Files.createSymbolicLink(folder.resolve("run/.training.safetensors.part"), Path.of("/dev/full"));
        assertThatThrownBy(() -> train("run", 12, adaptation(3), true, SILENT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(
                        "training.safetensors cannot be written: No space left on device; what was there");
        assertThat(values("run", "training.safetensors")).isEqualTo(before);
    }

    @Test
    void theLossFalls() throws IOException {
        List<Double> losses = new ArrayList<>();
        train("run", 80, adaptation(3), false, (clock, share, loss) -> losses.add(loss));
        assertThat(losses.get(losses.size() - 1)).isLessThan(0.8 * losses.get(0));
    }

    @Test
    void whatItWritesIsACheckpointThatSaysItsPads() throws IOException {
        train("run", 2, adaptation(3), false, SILENT);
        HfCheckpoint merged = HfCheckpoint.open(folder.resolve("run"));
        assertThat(merged.spec().padTokens()).containsExactlyInAnyOrderElementsOf(PADS);
        assertThat(merged.values("model.transformer.wte.weight"))
                .isEqualTo(HfCheckpoint.open(folder.resolve("base")).values("model.transformer.wte.weight"));
        assertThat(folder.resolve("run/tokenizer_config.json"))
                .hasSameTextualContentAs(folder.resolve("base/tokenizer_config.json"));
        Converter.convert(
                folder.resolve("run"), folder.resolve("model"), ConvertOptions.defaults(), ConvertProgress.SILENT);
    }

    @Test
    void aTiedHeadStaysTied() throws IOException {
        TinyCheckpoints.write(folder.resolve("base"), SHAPE.tied(true));
        train("run", 2, adaptation(3), false, SILENT);
        HfCheckpoint merged = HfCheckpoint.open(folder.resolve("run"));
        assertThat(merged.tied()).isTrue();
        assertThat(values("run", "model.safetensors")).doesNotContainKey("model.transformer.ff_out.weight");
    }

    @Test
    void anotherArchitectureIsRefused() {
        TinyCheckpoints.write(folder.resolve("dream"), TinyCheckpoints.Shape.dream());
        assertThatThrownBy(() -> run("dream", "run", 1, adaptation(3), false))
                .hasMessageContaining("another family, dream; adapters are trained on llada only")
                .hasMessageNotContaining("\n");
    }

    @Test
    void aModelThatSeesBlockByBlockIsRefused() throws IOException {
        Path config = folder.resolve("base/config.json");
        Files.writeString(
                config,
                Files.readString(config).replaceFirst("\\{", "{\"attention\": \"block_causal\", \"block_length\": 8,"));
        assertThatThrownBy(() -> run("base", "run", 1, adaptation(3), false))
                .isInstanceOf(ModelException.class)
                .hasMessage("the model's rows see blocks of 8 from the start; adapters are trained on rows that see"
                        + " everything, so choose such a checkpoint, or train this one on with ./dllm4j train starter"
                        + " --init MODEL --attention block-causal");
    }

    @Test
    void aRunGoesOnWithItsOwnSettingsAlone() throws IOException {
        train("run", 1, adaptation(3), false, SILENT);
        Adaptation louder = new Adaptation(3, 256, 0.01, 4, 0, 1, 2, 8, List.of("q_proj", "ff_out"));
        assertThatThrownBy(() -> train("run", 2, louder, true, SILENT))
                .hasMessageContaining("alpha 4.0")
                .hasMessageContaining("not with")
                .hasMessageContaining("alpha 8.0");
        assertThatThrownBy(() -> train("run", 2, adaptation(3), false, SILENT)).hasMessageContaining("add --resume");
        assertThatThrownBy(() -> train("new", 2, adaptation(3), true, SILENT))
                .hasMessageContaining("holds no checkpoint");
        assertThatThrownBy(() -> train("base", 2, adaptation(3), false, SILENT))
                .hasMessageContaining("which holds a model; name a new folder");
    }

    private RunClock train(String out, int steps, Adaptation adaptation, boolean resume, TrainProgress progress)
            throws IOException {
        RainbowCourse course = new RainbowCourse(
                (ranges, random) -> new Example(
                        new int[] {3, 4, random.nextInt(5, 9)},
                        new int[] {10, random.nextInt(11, 14), SHAPE.endToken()}),
                new RainbowPadding(SHAPE.endToken(), PADS),
                SHAPE.maskToken(),
                SHAPE.context(),
                adaptation.seed(),
                adaptation.rows());
        try (NDManager manager = Torch.open(1)) {
            return run("base", out, steps, adaptation, resume).run(manager, course, progress);
        }
    }

    private AdaptationRun run(String base, String out, int steps, Adaptation adaptation, boolean resume) {
        return new AdaptationRun(
                HfCheckpoint.open(folder.resolve(base)),
                folder.resolve(out),
                adaptation,
                PADS,
                new Budget(steps, 0),
                resume,
                0);
    }

    private static Adaptation adaptation(long seed) {
        return new Adaptation(seed, 256, 0.02, 4, 0, 1, 2, 4, List.of("q_proj", "ff_out"));
    }

    private static TrainProgress killAt(int step) {
        return (clock, share, loss) -> {
            if (clock.steps() == step) {
                throw new IllegalStateException("killed");
            }
        };
    }

    private Map<String, List<Float>> values(String name, String file) {
        Map<String, List<Float>> values = new TreeMap<>();
        TensorFile.read(folder.resolve(name).resolve(file)).tensors().forEach((tensor, numbers) -> {
            List<Float> list = new ArrayList<>();
            for (float value : numbers.values()) {
                list.add(value);
            }
            values.put(tensor, list);
        });
        return values;
    }
}
