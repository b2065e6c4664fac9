package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.model.Architecture;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.stop.FullCanvas;
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
        decoder = new Decoder(TinyModels.open(folder, Architecture.LLADA), new TokenNames(), Optional.empty(), "tiny");
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

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertThatThrownBy(() -> Sampling.GREEDY.withBias(Map.of(3, 101f)))
                .hasMessage("the logit bias of token 3 is 101.0; it must be within [-100, 100]");
        Sampling foreign = Sampling.GREEDY.withBias(Map.of(97, 1f));
        assertThatThrownBy(() -> decoder.start(PROMPT, PLAIN.withSampling(foreign)))
                .hasMessage("a logit bias is given for token 97; the model's tokens are 0 to 96");
    }
}
