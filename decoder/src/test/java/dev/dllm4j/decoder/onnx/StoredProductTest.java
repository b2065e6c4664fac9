package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.golden.GoldenFolder;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.TinyModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What weights of few bits lose on the tiny checkpoints of the originals, against float32. */
class StoredProductTest {
    private static final int ROWS = 64;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "llada-tiny, INT8, 0.99, 1e-3",
        "dream-tiny, INT8, 0.99, 1e-3",
    })
    void rowsAgreeWithFloat32s(String name, WeightType type, double agreement, double divergence) {
        Path checkpoint = GoldenFolder.find(name + "/f32");
        double diverged = 0;
        int agreed = 0;
        int rows = 0;
        try (OnnxModel plain = open("plain", checkpoint, WeightType.F32);
                OnnxModel coded = open("coded", checkpoint, type)) {
            ModelSpec spec = plain.spec();
            Random random = new Random(5);
            for (int canvas = 0; canvas < 20; canvas++) {
                List<Integer> ids =
                        random.ints(ROWS, 0, spec.vocabulary()).boxed().toList();
                GoldenRows expected = GoldenRows.ask(spec, ids, 0, ROWS, null);
                GoldenRows actual = GoldenRows.ask(spec, ids, 0, ROWS, null);
                plain.predict(List.of(expected.request()));
                coded.predict(List.of(actual.request()));
                for (int row = 0; row < ROWS; row++) {
                    agreed += expected.request().predictions().token(row)
                                    == actual.request().predictions().token(row)
                            ? 1
                            : 0;
                    diverged += divergence(expected, actual, row);
                    rows++;
                }
            }
        }
        System.out.printf(
                "%s %s: %.4f of best tokens, mean KL %.2e%n", name, type, agreed / (double) rows, diverged / rows);
        assertThat(agreed / (double) rows).isGreaterThanOrEqualTo(agreement);
        assertThat(diverged / rows).isLessThan(divergence);
    }

    /** Kullback–Leibler divergence of a row's tokens under coded weights from those under float32, in nats. */
    private static double divergence(GoldenRows expected, GoldenRows actual, int row) {
        double wanted = expected.request().predictions().logSumExp(row);
        double got = actual.request().predictions().logSumExp(row);
        double sum = 0;
        for (int token = 0; token < expected.spec().vocabulary(); token++) {
            double log = expected.rows().logit(row, token) - wanted;
            sum += Math.exp(log) * (log - (actual.rows().logit(row, token) - got));
        }
        return sum;
    }

    private OnnxModel open(String name, Path checkpoint, WeightType type) {
        return OnnxModel.open(TinyModels.convert(folder.resolve(name), checkpoint, type), RuntimeOptions.DEFAULT);
    }
}
