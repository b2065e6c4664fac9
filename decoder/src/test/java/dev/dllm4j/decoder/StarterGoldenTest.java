package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.golden.StarterReference;
import dev.dllm4j.decoder.golden.Trace;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.WholeRows;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundled model against what LLaDA's own code computed and decoded with the same weights. */
class StarterGoldenTest {
    private static Decoder decoder;
    private static JsonNode golden;

    @BeforeAll
    static void openTheStarter(@TempDir Path folder) throws IOException {
        golden = StarterReference.read();
        decoder = TinyModels.decoder(folder, StarterReference.checkpoint());
    }

    @AfterAll
    static void closeIt() {
        if (decoder != null) {
            decoder.close();
        }
    }

    @Test
    void theLastRowsLogitsAndEveryArgmaxAreThoseOfPyTorch() {
        List<Integer> ids = Trace.integers(golden.get("input_ids"));
        int vocabulary = decoder.spec().vocabulary();
        Canvas canvas = new Canvas(
                IntStream.range(0, ids.size() - 1).map(ids::get).toArray(),
                1,
                decoder.spec().maskToken());
        Positions rows = new Positions(ids.size());
        rows.addRange(0, ids.size());
        Demand demand = new Demand(ids.size());
        demand.positions().addAll(rows);
        WholeRows whole = new WholeRows();
        demand.fullRows(whole);
        Predictions predictions = new Predictions();
        decoder.model()
                .predict(List.of(new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false)));

        List<Integer> argmax =
                IntStream.range(0, ids.size()).mapToObj(predictions::token).toList();
        assertThat(argmax).isEqualTo(Trace.integers(golden.get("argmax")));
        for (int token = 0; token < vocabulary; token++) {
            assertThat((double) whole.logit(ids.size() - 1, token))
                    .isCloseTo(golden.get("logits_row_last").get(token).asDouble(), Offset.offset(1e-3));
        }
    }

    @Test
    void plainDecodesCommitTheSamePositionsInEveryForward() {
        JsonNode decodes = golden.get("plain_decodes");
        for (JsonNode decode : decodes) {
            int genLength = decode.get("gen_length").asInt();
            DecodingConfig config = DecodingConfig.DEFAULT
                    .withFrame(
                            new Blocks(decode.get("block_length").asInt()),
                            genLength,
                            decode.get("steps").asInt())
                    .withStrategy(new FixedSchedule())
                    .withStop(new FullCanvas());
            int[] prompt = decoder.prompt(decode.get("question").asText());
            assertThat(IntStream.of(prompt).boxed().toList()).isEqualTo(Trace.integers(decode.get("prompt_ids")));
            Decoding decoding = decoder.start(prompt, config);
            List<List<Integer>> commits = new ArrayList<>();
            while (!decoding.done()) {
                commits.add(
                        decoding.step().commits().stream().map(Commit::position).toList());
            }
            assertThat(commits).isEqualTo(positions(decode.get("commits")));
            assertThat(IntStream.of(decoding.tokens()).boxed().toList())
                    .isEqualTo(Trace.integers(decode.get("final_ids")));
        }
        assertThat(decodes).hasSizeGreaterThan(10);
        System.out.println("starter.json: " + decodes.size() + " of " + decodes.size() + " exact");
    }

    private static List<List<Integer>> positions(JsonNode steps) {
        return StreamSupport.stream(steps.spliterator(), false)
                .map(Trace::integers)
                .toList();
    }

    @Test
    void tomsApplesAreNineteen() {
        Answer answer = decoder.generate(
                "Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?",
                DecodingConfig.DEFAULT);
        assertThat(answer.text()).endsWith("#### 19");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
    }
}
