package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.CheckpointTensors;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that a request favours or shuns, on a random model. */
class LogitBiasTest {
    private static final DecodingConfig PLAIN =
            DecodingConfig.DEFAULT.withFrame(new Blocks(8), 16, 16).withStop(new FullCanvas());
    private static final int[] PROMPT = {5, 6, 7};

    @TempDir
    private static Path folder;

    private static Decoder decoder;

    @BeforeAll
    static void open() {
        decoder = new Decoder(TinyModels.open(folder, Family.LLADA), new TokenNames(), Optional.empty(), "tiny");
    }

    @AfterAll
    static void close() {
        decoder.close();
    }

    private static List<Integer> generated(Sampling sampling) {
        Decoding decoding = decoder.start(PROMPT, PLAIN.withSampling(sampling));
        decoding.steps().forEach(step -> {});
        return decoder.answer(decoding).tokenIds();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void aFavouredTokenIsEverywhereAndAShunnedOneNowhere(double temperature) {
        Sampling sampling = new Sampling(temperature, 0, 1, 3);
        assertThat(generated(sampling.withBias(Map.of(42, 100f)))).containsOnly(42);
        int usual = generated(sampling).get(0);
        assertThat(generated(sampling.withBias(Map.of(usual, -100f)))).doesNotContain(usual);
    }

    @Test
    void theProbabilityIsThatOfTheShiftedLogits() {
        Commit before = decoder.start(PROMPT, PLAIN).step().commits().get(0);
        Sampling favoured = Sampling.GREEDY.withBias(Map.of(before.token(), 0.5f));
        double odds = before.probability() / (1 - before.probability()) * Math.exp(0.5);

        List<Commit> commits =
                decoder.start(PROMPT, PLAIN.withSampling(favoured)).step().commits();

        assertThat(commits).anySatisfy(commit -> {
            assertThat(commit.position()).isEqualTo(before.position());
            assertThat(commit.token()).isEqualTo(before.token());
            assertThat((double) commit.probability()).isCloseTo(odds / (1 + odds), within(1e-5));
        });
    }

    @Test
    void noBiasIsNoChange() {
        assertThat(generated(Sampling.GREEDY.withBias(Map.of(3, 0f)))).isEqualTo(generated(Sampling.GREEDY));
    }

    /** The model has no numbers for one token, so that a prompt with it fails where its bias is set already. */
    @Test
    void theBiasOfARequestThatFailsIsNotTheNextOnes(@TempDir Path here) {
        int damaged = 90;
        TinyCheckpoints.Shape shape =
                new TinyCheckpoints.Shape(Family.LLADA, 2, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11);
        Path checkpoint = TinyCheckpoints.write(here.resolve("checkpoint"), shape);
        CheckpointTensors tensors = CheckpointTensors.read(checkpoint);
        tensors.change("model.transformer.wte.weight", (index, value) -> index / 36 == damaged ? Double.NaN : value);
        tensors.save();
        try (OnnxModel model = OnnxModel.open(TinyModels.convert(here, checkpoint), RuntimeOptions.DEFAULT)) {
            for (double temperature : new double[] {0, 1}) {
                DecodingConfig plain = PLAIN.withSampling(new Sampling(temperature, 0, 1, 3));
                DecodingConfig biased = plain.withSampling(plain.sampling().withBias(Map.of(42, 100f)));
                int[] before = decoded(new Decoding(model, PROMPT, plain));

                assertThatThrownBy(() -> new Decoding(model, new int[] {5, damaged, 7}, biased).step())
                        .isInstanceOf(ModelException.class);

                assertThat(decoded(new Decoding(model, PROMPT, plain))).isEqualTo(before);
            }
        }
    }

    private static int[] decoded(Decoding decoding) {
        decoding.steps().forEach(step -> {});
        return decoding.tokens();
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertThatThrownBy(() -> Sampling.GREEDY.withBias(Map.of(3, 101f)))
                .hasMessage("the logit bias of token 3 is 101.0; it must be within [-100, 100], 0 for none");
        Sampling foreign = Sampling.GREEDY.withBias(Map.of(97, 1f));
        assertThatThrownBy(() -> decoder.start(PROMPT, PLAIN.withSampling(foreign)))
                .hasMessage("a logit bias is given for token 97; the model's tokens are 0 to 96");
    }
}
