package dev.dllm4j.decoder.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Attention;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three layers, three forwards: the first refreshes all, the second none, the third the layer behind a drift. */
final class RefreshPictureTest {
    @TempDir
    Path folder;

    @Test
    void aLayerIsDarkWhereAStepComputedEveryRow() {
        String svg = new RefreshPicture(record()).svg();

        assertThat(svg)
                .startsWith("<svg ")
                .endsWith("</svg>\n")
                .contains("elastic(gamma=0.9,track=1,along=heads,block-caching=on), topk(2), window leftmost(6)");
        assertThat(svg.split("#c2410c", -1)).hasSize(1 + 3 + 1);
        assertThat(svg.split("#e5e7eb", -1)).hasSize(1 + 3 + 2);
        assertThat(svg).contains("<rect x=\"106\" y=\"84\" width=\"16\" height=\"16\" fill=\"#c2410c\"/>");
    }

    @Test
    void aTraceWithoutStepsHasNoPicture() throws Exception {
        Path file = record();
        Path header = folder.resolve("header.jsonl");
        Files.writeString(header, Files.readAllLines(file).get(0) + "\n");

        assertThatThrownBy(() -> new RefreshPicture(header))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(header + " has no steps; record one with --trace");
    }

    private Path record() {
        Attention attention = new Attention() {
            @Override
            public float similarity(int forward, int layer) {
                return forward == 2 && layer == 1 ? 0.5f : 1;
            }

            @Override
            public float column(int forward, int layer, int position) {
                return position == 0 ? 1 : 0;
            }
        };
        Decoder decoder = new Decoder(
                ScriptedPredictor.attending(
                        Family.LLADA, 3, (forward, position) -> Prediction.of(3, 0.3 + 0.01 * position), attention),
                new TokenNames(),
                Optional.empty(),
                "hash");
        Decoding decoding = decoder.start(
                new int[] {1, 1},
                DecodingConfig.DEFAULT
                        .withFrame(new Leftmost(6), 6, 6)
                        .withStrategy(UnmaskingStrategy.parse("topk(2)"))
                        .withCache(CacheSpec.parse("elastic")));
        Path file = folder.resolve("trace.jsonl");
        try (TraceWriter writer = new TraceWriter(
                file,
                decoder,
                decoding,
                AnswerJson.settings("scripted", decoding.config(), RuntimeOptions.DEFAULT, LayerCache.DEFAULT_BUDGET),
                token -> "<" + token + ">")) {
            while (!decoding.done()) {
                writer.step();
            }
        }
        return file;
    }
}
