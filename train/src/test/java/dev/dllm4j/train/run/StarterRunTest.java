package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.problem.Ranges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StarterRunTest {
    private static final TrainProgress SILENT = (clock, share, loss) -> {};
    private static final StarterSizes TINY = new StarterSizes(16, 2, 2, 24);
    private static final ExpertSizes EXPERTS = new ExpertSizes(4, 2, 12);
    private static final Sight BLOCKS = new BlockCausal(8, Origin.START);
    private static final Recipe RECIPE =
            new Recipe(3, 512, 0.01, 4, 0.1, 1, 0.9, 0.3, 0.3, 0.2, 0.5, 0.1, Ranges.DEFAULT);

    @TempDir
    Path folder;

    @Test
    void aSeedGivesTheSameWeightsAgainAndAnotherSeedOthers() throws IOException {
        run("first", 20, RECIPE, false).run(SILENT);
        run("second", 20, RECIPE, false).run(SILENT);
        run("other", 20, seed(4), false).run(SILENT);
        assertThat(checkpoint("second")).isEqualTo(checkpoint("first")).isNotEqualTo(checkpoint("other"));
    }

    @Test
    void aRunThatWasKilledGoesOnAsIfNothingHadHappened() throws IOException {
        run("whole", 12, RECIPE, false).run(SILENT);
        assertThatThrownBy(() -> run("cut", 12, RECIPE, false).run(killAt(7))).hasMessage("killed");
        RunClock end = run("cut", 12, RECIPE, true).run(SILENT);
        assertThat(end.steps()).isEqualTo(12);
        assertThat(checkpoint("cut")).isEqualTo(checkpoint("whole"));
    }

    @Test
    void aFullDiskAtACheckpointLeavesTheOneBefore() throws IOException {
        assertThatThrownBy(() -> run("run", 12, RECIPE, false).run(killAt(3))).hasMessage("killed");
        Map<String, List<Float>> before = checkpoint("run");
        Files.createSymbolicLink(folder.resolve("run/.training.safetensors.part"), Path.of("/dev/full"));
        assertThatThrownBy(() -> run("run", 12, RECIPE, true).run(SILENT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("training.safetensors cannot be written: No space left on device; what was there")
                .hasMessageNotContaining("\n");
        assertThat(checkpoint("run")).isEqualTo(before);
        assertThat(run("run", 12, RECIPE, true).run(SILENT).steps()).isEqualTo(12);
    }

    @Test
    void theLossFalls() throws IOException {
        List<Double> losses = new ArrayList<>();
        run("run", 60, RECIPE, false).run((clock, share, loss) -> losses.add(loss));
        assertThat(losses.get(losses.size() - 1)).isLessThan(0.7 * losses.get(0));
    }

    @Test
    void theLossOfBlocksFalls() throws IOException {
        List<Double> losses = new ArrayList<>();
        StarterRun run = new StarterRun(
                folder.resolve("run"),
                TINY,
                RECIPE,
                Optional.of(BLOCKS),
                new Budget(60, 0),
                Optional.empty(),
                Optional.empty(),
                false,
                60,
                1);
        run.run((clock, share, loss) -> losses.add(loss));
        assertThat(losses.get(losses.size() - 1)).isLessThan(0.7 * losses.get(0));
    }

    @Test
    void theConfigSaysWhatRowsSeeAndARunThatGoesOnKeepsIt() throws IOException {
        blocks("blocks", 12, Optional.of(BLOCKS), false).run(SILENT);
        assertThat(config("blocks")).containsEntry("attention", "block_causal").containsEntry("block_length", 8);
        assertThatThrownBy(() -> blocks("cut", 12, Optional.of(BLOCKS), false).run(killAt(7)))
                .hasMessage("killed");
        StarterRun resumed = blocks("cut", 12, Optional.empty(), true);
        assertThat(resumed.spec().sight()).isEqualTo(BLOCKS);
        assertThat(resumed.run(SILENT).steps()).isEqualTo(12);
        assertThat(config("cut")).isEqualTo(config("blocks"));
        assertThat(checkpoint("cut")).isEqualTo(checkpoint("blocks"));
        run("everything", 1, RECIPE, false).run(SILENT);
        assertThat(config("everything")).doesNotContainKeys("attention", "block_length");
    }

    @Test
    void aRunDoesNotGoOnWithWhatItsRowsHaveNotSeen() throws IOException {
        blocks("run", 1, Optional.of(BLOCKS), false).run(SILENT);
        assertThatThrownBy(() -> blocks("run", 2, Optional.of(new BlockCausal(4, Origin.START)), true)
                        .run(SILENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has attention block-causal, block length 8, not attention block-causal, block"
                        + " length 4; leave the options out to go on");
        assertThatThrownBy(() ->
                        blocks("run", 2, Optional.of(new Everything()), true).run(SILENT))
                .hasMessageContaining("block length 8, not attention everything; leave");
    }

    @Test
    void aRunOfExpertsThatWasKilledGoesOnWithThemAsIfNothingHadHappened() throws IOException {
        experts("whole", 12, EXPERTS, false).run(SILENT);
        assertThatThrownBy(() -> experts("cut", 12, EXPERTS, false).run(killAt(7)))
                .hasMessage("killed");
        StarterRun resumed = run("cut", 12, RECIPE, true);
        assertThat(resumed.spec().feedForward()).isEqualTo(EXPERTS.feedForward());
        assertThat(resumed.run(SILENT).steps()).isEqualTo(12);
        assertThat(checkpoint("cut")).isEqualTo(checkpoint("whole"));
        assertThat(config("cut"))
                .isEqualTo(config("whole"))
                .containsEntry("num_experts", 4)
                .containsEntry("num_experts_per_tok", 2)
                .containsEntry("expert_intermediate_size", 12);
        assertThatThrownBy(() ->
                        experts("whole", 13, new ExpertSizes(4, 3, 12), true).run(SILENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has attention everything, experts 4, active 2, expert width 12, not attention"
                        + " everything, experts 4, active 3, expert width 12; leave the options out to go on");
    }

    @Test
    void theLossOfExpertsFalls() throws IOException {
        List<Double> losses = new ArrayList<>();
        experts("run", 60, EXPERTS, false).run((clock, share, loss) -> losses.add(loss));
        assertThat(losses.get(losses.size() - 1)).isLessThan(0.7 * losses.get(0));
    }

    @Test
    void aModelWithExpertsStartsFromOneWithAsManyAndAnotherFromOneWithout() throws IOException {
        run("plain", 1, RECIPE, false).run(SILENT);
        experts("experts", 1, EXPERTS, false).run(SILENT);
        assertThat(initialised("experts", Optional.of(EXPERTS)).run(SILENT).steps())
                .isEqualTo(1);
        assertThatThrownBy(() -> initialised("plain", Optional.of(EXPERTS)).run(SILENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the model of --init has no experts; the model asked for has them, leave --init or --experts"
                                + " out");
        assertThatThrownBy(() -> initialised("experts", Optional.empty()).run(SILENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the model of --init has experts; the model asked for has none, give --experts");
    }

    @Test
    void aModelWithExpertsIsConvertedAndAnswers() throws IOException {
        experts("run", 2, EXPERTS, false).run(SILENT);
        assertAnswers("run");
    }

    @Test
    void whatItWritesIsConvertedAndAnswers() throws IOException {
        run("run", 2, RECIPE, false).run(SILENT);
        assertAnswers("run");
    }

    private void assertAnswers(String name) {
        Converter.convert(
                folder.resolve(name), folder.resolve("model"), ConvertOptions.defaults(), ConvertProgress.SILENT);
        try (Decoder decoder = Decoder.open(folder.resolve("model"), RuntimeOptions.DEFAULT)) {
            assertThat(decoder.generate("How many apples are left?", DecodingConfig.DEFAULT))
                    .isNotNull();
        }
    }

    @Test
    void aModelIsTheStartOfAnother() throws IOException {
        run("base", 3, RECIPE, false).run(SILENT);
        StarterRun next = new StarterRun(
                folder.resolve("next"),
                TINY,
                RECIPE,
                Optional.empty(),
                new Budget(1, 0),
                Optional.empty(),
                Optional.of(folder.resolve("base")),
                false,
                60,
                1);
        assertThat(next.run(SILENT).steps()).isEqualTo(1);
        StarterRun wider = new StarterRun(
                folder.resolve("wider"),
                new StarterSizes(32, 2, 2, 24),
                RECIPE,
                Optional.empty(),
                new Budget(1, 0),
                Optional.empty(),
                Optional.of(folder.resolve("base")),
                false,
                60,
                1);
        assertThatThrownBy(() -> wider.run(SILENT))
                .hasMessageContaining("the checkpoint is of another architecture: model.transformer.wte.weight is");
    }

    @Test
    void everyKindOfStartIsRefusedWhereItDoesNotFit() throws IOException {
        run("run", 1, RECIPE, false).run(SILENT);
        assertThatThrownBy(() -> run("run", 1, RECIPE, false).run(SILENT)).hasMessageContaining("add --resume");
        assertThatThrownBy(() -> run("new", 1, RECIPE, true).run(SILENT)).hasMessageContaining("holds no checkpoint");
        Files.write(folder.resolve("run/training.safetensors"), new byte[5]);
        assertThatThrownBy(() -> run("run", 2, RECIPE, true).run(SILENT))
                .hasMessageContaining("training.safetensors has 5 bytes");
    }

    private StarterRun experts(String name, int steps, ExpertSizes experts, boolean resume) {
        return new StarterRun(
                folder.resolve(name),
                TINY.with(Optional.of(experts)),
                RECIPE,
                Optional.empty(),
                new Budget(steps, 0),
                Optional.empty(),
                Optional.empty(),
                resume,
                0,
                1);
    }

    private StarterRun initialised(String start, Optional<ExpertSizes> experts) {
        return new StarterRun(
                folder.resolve("from-" + start + experts.isPresent()),
                TINY.with(experts),
                RECIPE,
                Optional.empty(),
                new Budget(1, 0),
                Optional.empty(),
                Optional.of(folder.resolve(start)),
                false,
                60,
                1);
    }

    private StarterRun blocks(String name, int steps, Optional<Sight> sight, boolean resume) {
        return new StarterRun(
                folder.resolve(name),
                TINY,
                RECIPE,
                sight,
                new Budget(steps, 0),
                Optional.empty(),
                Optional.empty(),
                resume,
                0,
                1);
    }

    private Map<String, Object> config(String name) throws IOException {
        return new ObjectMapper()
                .readValue(folder.resolve(name).resolve("config.json").toFile(), new TypeReference<>() {});
    }

    private StarterRun run(String name, int steps, Recipe recipe, boolean resume) {
        return new StarterRun(
                folder.resolve(name),
                TINY,
                recipe,
                Optional.empty(),
                new Budget(steps, 0),
                Optional.empty(),
                Optional.empty(),
                resume,
                0,
                1);
    }

    private static Recipe seed(long seed) {
        return new Recipe(seed, 512, 0.01, 4, 0.1, 1, 0.9, 0.3, 0.3, 0.2, 0.5, 0.1, Ranges.DEFAULT);
    }

    /** Stops a run behind a step, whose checkpoint is written. */
    private static TrainProgress killAt(int step) {
        return (clock, share, loss) -> {
            if (clock.steps() == step) {
                throw new IllegalStateException("killed");
            }
        };
    }

    private Map<String, List<Float>> checkpoint(String name) throws IOException {
        return values(TensorFile.read(folder.resolve(name).resolve("training.safetensors")));
    }

    private static Map<String, List<Float>> values(TensorFile file) {
        Map<String, List<Float>> values = new TreeMap<>();
        file.tensors().forEach((name, tensor) -> {
            List<Float> numbers = new ArrayList<>();
            for (float value : tensor.values()) {
                numbers.add(value);
            }
            values.put(name, numbers);
        });
        return values;
    }
}
