package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.FilterFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Most cases use a filter that accepts a position iff its own confidence is above 0.908903. */
final class LearnedFilterTest {
    @TempDir
    Path folder;

    @Test
    void acceptsAreStrictlyAboveTheThreshold() {
        assertThat(firstStep(0.96, 0.99, 0.908904, 0.908902, 0.2)).containsExactly(0, 1);
        double half = 0.5;
        // sigmoid(20 · 0.75 − 15) is exactly one half.
        assertThat(firstStep(half, 0.99, 0.75, 0.2, 0.2)).containsExactly(0);
    }

    @Test
    void anAcceptedPositionThatIsCommittedStaysAsItIs() {
        ScriptedRun run = run(
                0.96,
                4,
                (step, position) -> step == 0
                        ? new float[] {0.1f, 0.1f, 0.5f, 0.1f}[position - 10]
                        : new float[] {0.95f, 0.5f, 0.92f, 0.2f}[position - 10]);

        assertThat(run.step()).containsExactly(12);
        assertThat(run.step()).containsExactly(10);
    }

    @Test
    void theMostConfidentIsForcedWhereTheFilterAcceptsNothing() {
        ScriptedRun run = run(
                0.96,
                4,
                (step, position) -> step == 0
                        ? new float[] {0.1f, 0.1f, 0.5f, 0.1f}[position - 10]
                        : new float[] {0.6f, 0.5f, 0.92f, 0.2f}[position - 10]);

        assertThat(run.step()).containsExactly(12);
        assertThat(run.step()).containsExactly(10);
    }

    @Test
    void theScheduleAddsAsManyAsItPlannedClampedToWhatIsLeft() {
        // Two are planned a step. The filter accepts three at the first, which leaves one block of 5 − 3 masks.
        assertThat(run(0.96, new Blocks(6), 6, 3, ScriptedRun.each(0.99, 0.98, 0.97, 0.2, 0.1, 0.3))
                        .finish())
                .satisfies(steps -> {
                    assertThat(steps.get(0)).containsExactly(10, 11, 12);
                    assertThat(steps.get(1)).containsExactly(15, 13);
                    assertThat(steps.get(2)).containsExactly(14);
                });
    }

    @Test
    void aThresholdOfOneDecodesLikeTheScheduleAndOneBelowZeroABlockAForward() {
        Cases.check(20, seed -> {
            Noise noise = new Noise(seed);
            ScriptedRun.Confidences script = (step, position) -> (float) noise.uniform(step, position, 0);

            assertThat(run(1, new Blocks(8), 24, 12, script).finish())
                    .isEqualTo(new ScriptedRun(new FixedSchedule(), new Blocks(8), 24, 12, script).finish());
            assertThat(run(-1, new Blocks(8), 24, 24, script).counts()).containsExactly(8, 8, 8);
        });
    }

    @Test
    void agreesWithTheFilterOfTheReferenceData() throws IOException {
        FilterNetwork network = FilterNetwork.read(GoldenFolder.find("l2p-filter/own_filter.safetensors"));
        JsonNode golden = new ObjectMapper()
                .readTree(GoldenFolder.find("l2p-filter/own_filter_golden.json").toFile());

        assertThat(network.width()).isEqualTo(32);
        assertThat(network.threshold()).isEmpty();
        assertThat(network.modelHash()).isEmpty();
        for (int sample = 0; sample < golden.get("input32").size(); sample++) {
            assertThat(network.probabilities(doubles(golden.get("input32").get(sample))))
                    .containsExactly(doubles(golden.get("sigmoid32").get(sample)), within(1e-6));
        }
        for (int sample = 0; sample < golden.get("input16").size(); sample++) {
            double[] logits = doubles(golden.get("logits16").get(sample));
            double[] expected = IntStream.range(0, 16)
                    .mapToDouble(i -> 1 / (1 + Math.exp(-logits[i])))
                    .toArray();
            assertThat(network.probabilities(doubles(golden.get("input16").get(sample))))
                    .containsExactly(expected, within(1e-6));
        }
    }

    @Test
    void readsWhatTheFileSaysOfItself() {
        Path file =
                FilterFiles.write(folder, 4, "{\"block_length\":\"4\",\"threshold\":\"0.8\",\"model_hash\":\"abc\"}");
        FilterNetwork network = FilterNetwork.read(file);

        assertThat(network.threshold()).hasValue(0.8);
        assertThat(network.modelHash()).contains("abc");
        assertThat(UnmaskingStrategy.parse("filter(" + file + ")")).hasToString("filter(path=" + file + ",accept=0.8)");
        assertThat(UnmaskingStrategy.parse("filter(" + file + ",accept=0.5)"))
                .hasToString("filter(path=" + file + ",accept=0.5)");
    }

    @Test
    void withoutARecommendationThePapersThresholdIsTaken() {
        Path file = FilterFiles.write(folder, 4);

        assertThat(UnmaskingStrategy.parse("filter(path=" + file + ")"))
                .isEqualTo(new LearnedFilter(FilterNetwork.read(file), 0.96));
    }

    @Test
    void refusesBlocksWiderThanTheFilterAndTakesShorterOnes() {
        LearnedFilter filter = filter(4, 0.96);

        assertThat(filter.start(new Plan(8, 2, 8))).isNotNull();
        assertThat(filter.start(new Plan(8, 4, 8))).isNotNull();
        assertThatThrownBy(() -> filter.start(new Plan(8, new Leftmost(4).parts(8), 8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the window opens parts of 8 positions; the filter judges 4 at most, so use window"
                        + " blocks(4)");
    }

    @Test
    void withoutAPathItIsTheFilterOfTheModelsFolder() throws IOException {
        UnmaskingStrategy bare = UnmaskingStrategy.parse("filter");
        ModelOrigin model = new ModelOrigin("abc", folder);

        assertThat(bare).hasToString("filter");
        assertThat(UnmaskingStrategy.parse("filter(accept=0.5)")).hasToString("filter(accept=0.5)");
        assertThatThrownBy(() -> bare.of(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("filter finds no filter.safetensors in the folder of model abc"
                        + "; put the model's own filter there, or name one: filter(path=FILE)");
        Path own = folder.resolve("filter.safetensors");
        Files.move(FilterFiles.write(folder, 4, "{\"model_hash\":\"abc\",\"threshold\":\"0.8\"}"), own);
        assertThat(bare.of(model))
                .isEqualTo(new LearnedFilter(FilterNetwork.read(own), 0.8, true))
                .hasToString("filter(accept=0.8)");
        assertThat(UnmaskingStrategy.parse("credit(then=filter(accept=0.5))").of(model))
                .hasToString("credit(alpha=0.65,beta=0.7,gamma=0.2,then=filter(accept=0.5))");
    }

    @Test
    void nothingThatIsSaidOfAModelsOwnFilterNamesTheFolder() throws IOException {
        Files.writeString(folder.resolve("filter.safetensors"), "no filter");

        assertThatThrownBy(() -> UnmaskingStrategy.parse("filter").of(new ModelOrigin("abc", folder)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the model's filter.safetensors cannot be read as a filter; ")
                .hasMessageNotContaining(folder.toString());
    }

    @Test
    void aModelsOwnFilterIsReadOnceForAllItsSequences() throws IOException {
        ModelOrigin model = new ModelOrigin("abc", folder);
        Path own = folder.resolve("filter.safetensors");
        Files.move(FilterFiles.write(folder, 4), own);
        UnmaskingStrategy bare = UnmaskingStrategy.parse("filter");
        LearnedFilter first = (LearnedFilter) bare.of(model);
        Files.delete(own);

        assertThat(bare.of(model)).isEqualTo(first);
        assertThat(((LearnedFilter)
                                UnmaskingStrategy.parse("filter(accept=0.5)").of(model))
                        .network())
                .isSameAs(first.network());
    }

    @Test
    void aFilterOfAnotherModelIsRefusedWhereItIsTheModelsOwnAndDoubtedWhereItIsNamed() throws IOException {
        ModelOrigin other = new ModelOrigin("def", folder);
        Path own = folder.resolve("filter.safetensors");
        Files.move(FilterFiles.write(folder, 4, "{\"model_hash\":\"abc\"}"), own);
        String doubt = "filter.safetensors was trained on model abc; this one is def";

        assertThatThrownBy(() -> UnmaskingStrategy.parse("filter").of(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(doubt + "; train one on this model, or insist on this one: filter(path=FILE)");
        UnmaskingStrategy named = UnmaskingStrategy.parse("credit(then=filter(path=" + own + "))");
        assertThat(named.of(other).doubt(other)).contains(folder.resolve(doubt).toString());
        assertThat(named.doubt(new ModelOrigin("abc", null))).isEmpty();
        assertThat(UnmaskingStrategy.parse("filter(" + FilterFiles.write(folder, 4) + ")")
                        .doubt(other))
                .isEmpty();
    }

    @Test
    void refusesAFileThatIsMissing() {
        Path missing = folder.resolve("missing.safetensors");

        assertThatThrownBy(() -> UnmaskingStrategy.parse("filter(" + missing + ")"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(missing + " cannot be read: it does not exist; check that the path is right and the file"
                        + " readable");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"block_length\":\"32\"} | says block_length 32 and its network takes 4 confidences",
                "{\"threshold\":\"high\"}  | says threshold high; it must be a finite number"
            })
    void refusesAFileThatContradictsItself(String metadata, String reason) {
        Path file = FilterFiles.write(folder, 4, metadata);

        assertThatThrownBy(() -> UnmaskingStrategy.parse("filter(" + file + ")"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + " " + reason);
    }

    @Test
    void refusesAFileOfAnotherNetwork() throws IOException {
        Path file = folder.resolve("empty.safetensors");
        Files.write(file, new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});

        assertThatThrownBy(() -> FilterNetwork.read(file))
                .hasMessage(file + " has no tensor linear1.weight but []; take the file of the right network");
    }

    @Test
    void refusesAThresholdThatIsNoFiniteNumber() {
        assertThatThrownBy(() -> filter(4, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("accept is NaN; it must be a finite number, e.g. 0.96");
    }

    private int[] firstStep(double accept, double... confidences) {
        return run(accept, new WholeCanvas(), 4, 4, ScriptedRun.each(confidences)).step().stream()
                .mapToInt(position -> position - ScriptedRun.START)
                .toArray();
    }

    private ScriptedRun run(double accept, int genLength, ScriptedRun.Confidences script) {
        return run(accept, new WholeCanvas(), genLength, genLength, script);
    }

    private ScriptedRun run(double accept, Window window, int genLength, int steps, ScriptedRun.Confidences script) {
        return new ScriptedRun(filter(8, accept), window, genLength, steps, script);
    }

    private LearnedFilter filter(int width, double accept) {
        return new LearnedFilter(FilterNetwork.read(FilterFiles.write(folder, width)), accept);
    }

    private static double[] doubles(JsonNode array) {
        return IntStream.range(0, array.size())
                .mapToDouble(i -> array.get(i).asDouble())
                .toArray();
    }
}
