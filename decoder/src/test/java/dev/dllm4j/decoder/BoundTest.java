package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.spec.Bound;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every number decodes at the ends of what it may be, and none is taken outside. */
class BoundTest {
    private static final DecodingConfig PLAIN = DecodingConfig.DEFAULT.withFrame(new WholeCanvas(), 8, 8);

    @TempDir
    private static Path folder;

    private static OnnxModel llada;
    private static OnnxModel dream;

    @BeforeAll
    static void open() {
        llada = TinyModels.open(folder.resolve("llada"), Family.LLADA);
        dream = TinyModels.open(folder.resolve("dream"), Family.DREAM);
    }

    @AfterAll
    static void close() {
        llada.close();
        dream.close();
    }

    @ParameterizedTest
    @EnumSource
    void itsEndsDecode(Bound bound) {
        for (double value :
                new double[] {bound.least(), bound.most(), Math.max(bound.least(), Math.nextUp(0.0)), bound.most() / 3
                }) {
            decode(config(bound, value));
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingBeyondItsEndsIsTaken(Bound bound) {
        DoubleStream.of(
                        Math.nextDown((float) bound.least()) - 1e-6,
                        bound.most() + Math.max(1e-9, Math.ulp((float) bound.most())),
                        1e38,
                        -1e38,
                        Double.MAX_VALUE,
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY)
                .forEach(value -> assertThatThrownBy(() -> config(bound, value))
                        .as(bound + " " + value)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("must be "));
    }

    /** Compared only, so that beyond float32 they mean never or always. */
    static Stream<Arguments> comparedNumbers() {
        return Stream.of(
                        "threshold(%s)",
                        "threshold(%s,ties=near)",
                        "entropy(%s)",
                        "entropy(%s,equal=waits)",
                        "factor(%s)",
                        "hierarchy(%s,low=%<s)",
                        "revise(%s,keep=%<s)",
                        "dream-threshold(%s)")
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("comparedNumbers")
    void aNumberThatIsOnlyComparedMayBeAnyFiniteOne(String spec) {
        DoubleConsumer decodes = value -> decode(PLAIN.withStrategy(UnmaskingStrategy.parse(spec.formatted(value))));
        DoubleStream.of(Double.MAX_VALUE, -Double.MAX_VALUE, 1e39, -1e39, Double.MIN_VALUE, -0.0)
                .forEach(decodes);
    }

    private static DecodingConfig config(Bound bound, double value) {
        return switch (bound) {
            case GUIDANCE -> PLAIN.withGuidance(value);
            case TEMPERATURE -> PLAIN.withSampling(new Sampling(value, 0, 0.9, 5));
            case TOP_P -> PLAIN.withSampling(new Sampling(1, 0, value, 5));
            case LOGIT_BIAS ->
                PLAIN.withSampling(
                        Sampling.GREEDY.withBias(Map.of(0, (float) value, 1, (float) -value, 2, (float) value)));
            case ALG_TEMP -> PLAIN.withStrategy(UnmaskingStrategy.parse("dream-schedule(alg-temp=" + value + ")"));
            case EPS -> PLAIN.withStrategy(UnmaskingStrategy.parse("dream-schedule(eps=" + value + ")"));
            case CREDIT_ALPHA -> PLAIN.withStrategy(UnmaskingStrategy.parse("credit(alpha=" + value + ",beta=1)"));
            case CREDIT_BETA -> PLAIN.withStrategy(UnmaskingStrategy.parse("credit(alpha=10,beta=" + value + ")"));
            case CREDIT_GAMMA -> PLAIN.withStrategy(UnmaskingStrategy.parse("credit(gamma=" + value + ",beta=1)"));
        };
    }

    private static void decode(DecodingConfig config) {
        for (OnnxModel model : new OnnxModel[] {llada, dream}) {
            try (Decoding decoding = new Decoding(model, new int[] {5, 6, 7}, config)) {
                while (!decoding.done()) {
                    decoding.step();
                }
                assertThat(decoding.finishReason()).isNotEqualTo(FinishReason.CANCELLED);
            }
        }
    }
}
