package dev.dllm4j.decoder.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.Family;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the sampler passes over changes nothing: tokens and numbers are those of {@link PlainSampler}, bit for bit. */
final class PlainSamplerTest {
    private static final double[] TEMPERATURES = {0, Double.MIN_VALUE, 1e-310, 1e-9, 0.05, 0.3, 0.7, 1, 1.6, 9, 100};
    private static final double[] SHARES = {1, 1, 1, 0.95, 0.9, 0.5, 0.1, 1e-13, Math.nextDown(1.0), 0.999999};

    @Test
    void manySmallRowsGiveTheSameDrawsAndNumbers() {
        Cases.check(3000, seed -> {
            Random random = new Random(seed);
            float[] row = row(random, 3 + random.nextInt(random.nextInt(10) == 0 ? 3000 : 60));
            int topK = random.nextBoolean() ? 0 : 1 + random.nextInt(row.length);
            check(random, row, new Sampling(pick(random, TEMPERATURES), topK, pick(random, SHARES), seed));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "0.0, 0, 0.9",
        "0.2, 0, 1",
        "0.7, 0, 1",
        "1.0, 0, 1",
        "1.0, 50, 1",
        "1.0, 9000, 1",
        "1.0, 0, 0.95",
        "0.7, 40, 0.9",
        "2.5, 0, 0.5",
        "30, 0, 0.99"
    })
    void soDoRowsOfALargeVocabulary(double temperature, int topK, double topP) {
        Cases.check(12, seed -> {
            Random random = new Random(seed);
            check(random, row(random, 126_464), new Sampling(temperature, topK, topP, seed));
        });
    }

    private static void check(Random random, float[] row, Sampling sampling) {
        int step = random.nextInt(500);
        int position = random.nextInt(4000);
        Noise noise = new Noise(sampling.seed());
        float[] withoutMask = row.clone();
        withoutMask[row.length - 1] = Float.NEGATIVE_INFINITY;
        double temperature = sampling.temperature() > 0 ? sampling.temperature() : 1;
        PlainSampler plain = new PlainSampler(temperature, sampling.topK(), sampling.topP());
        PlainSampler.Drawn expected = plain.draw(withoutMask, sampling.temperature() > 0, step, position, noise);
        for (Family family : Family.values()) {
            if (family == Family.LLADA && sampling.temperature() == 0) {
                continue;
            }
            ModelSpec spec = Rows.spec(family, row.length);
            Predictions predictions = Rows.at(row, position);
            Rows.propose(new Sampler(sampling, spec), predictions, row, step, noise);

            assertThat(predictions.token(0)).as("token of " + sampling).isEqualTo(expected.token());
            if (family.filteredConfidence() && !sampling.plain()) {
                assertThat(predictions.probability(0)).as("probability").isEqualTo((float) expected.probability());
                assertThat(predictions.margin(0)).as("margin").isEqualTo((float) expected.margin());
                assertThat(predictions.samplingEntropy(0)).as("entropy").isEqualTo((float) expected.entropy());
            }
        }
    }

    /** Flat, peaked, full of ties, all the same, sorted, or with tokens that are forbidden. */
    private static float[] row(Random random, int vocabulary) {
        int kind = random.nextInt(7);
        double spread = kind == 0 ? 0 : 0.1 + 5 * random.nextDouble();
        float[] row = new float[vocabulary];
        for (int token = 0; token < vocabulary; token++) {
            row[token] = (float) (spread * random.nextGaussian());
            if (kind == 1) {
                row[token] = random.nextInt(4) - 2 * random.nextInt(2);
            } else if (kind == 2) {
                row[token] = token * 1e-4f;
            } else if (kind == 3 && random.nextInt(3) == 0) {
                row[token] = ModelSpec.FORBIDDEN;
            } else if (kind == 4 && random.nextInt(5) == 0) {
                row[token] = random.nextBoolean() ? 0f : -0f;
            }
        }
        if (kind == 5) {
            row[random.nextInt(vocabulary - 1)] = 12 + 30 * random.nextFloat();
        }
        return row;
    }

    private static double pick(Random random, double[] values) {
        return values[random.nextInt(values.length)];
    }
}
