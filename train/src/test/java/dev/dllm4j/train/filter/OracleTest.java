package dev.dllm4j.train.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OracleTest {
    private static final int[] PROMPT = {9, 9};

    @Test
    void itCommitsWhatIsRightRecordsItBeforeAndFillsABlockThatIsStuck() {
        int[] reference = {1, 2, 3, 4};
        // Forward 0: places 0 and 2 are right. Forward 1: place 1 too. Forwards 2 and 3: place 3 stays wrong.
        int[][] said = {{1, 7, 3, 7}, {1, 2, 3, 8}, {1, 2, 5, 8}, {1, 2, 5, 8}};
        List<FilterRecord> records = new ArrayList<>();
        List<List<Integer>> commits = new ArrayList<>();
        int[] tokens = decode(
                reference,
                4,
                records,
                commits,
                (forward, position) -> Prediction.of(said[forward][position - 2], 0.5 + 0.1 * (position - 2)));
        assertThat(commits).containsExactly(List.of(2, 4), List.of(3), List.of(), List.of(5));
        assertThat(tokens).containsExactly(9, 9, 1, 2, 3, 4);
        assertThat(records).hasSize(4);
        assertThat(records.get(0).correct()).containsExactly(true, false, true, false);
        assertThat(records.get(0).masked()).containsExactly(true, true, true, true);
        assertThat(records.get(1).correct()).containsExactly(true, true, true, false);
        assertThat(records.get(1).masked()).containsExactly(false, true, false, true);
        // A committed position is recorded as it is predicted now, right or not.
        assertThat(records.get(2).correct()).containsExactly(true, true, false, false);
        assertThat(records.get(2).confidences()).containsExactly(0.5f, 0.6f, 0.7f, 0.8f);
    }

    @Test
    void whateverTheModelSaysTheBlocksEndAsTheReference() {
        Cases.check(200, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int[] reference = random.ints(12, 1, 6).toArray();
            long noise = random.nextLong();
            List<FilterRecord> records = new ArrayList<>();
            int[][] canvas = {{}};
            int[] tokens = decode(reference, 4, records, new ArrayList<>(), canvas, (forward, position) -> {
                int masks = (int) Arrays.stream(canvas[0])
                        .filter(token -> token == ScriptedPredictor.MASK)
                        .count();
                SplittableRandom said = new SplittableRandom(noise + 1000L * masks + position);
                return Prediction.of(said.nextInt(1, 6), 0.9);
            });
            assertThat(tokens).endsWith(reference);
            assertThat(records.size()).isBetween(3, 3 * 5);
        });
    }

    private static int[] decode(
            int[] reference,
            int block,
            List<FilterRecord> records,
            List<List<Integer>> commits,
            ScriptedPredictor.Script script) {
        return decode(reference, block, records, commits, new int[1][], script);
    }

    private static int[] decode(
            int[] reference,
            int block,
            List<FilterRecord> records,
            List<List<Integer>> commits,
            int[][] canvas,
            ScriptedPredictor.Script script) {
        DecodingConfig config = DecodingConfig.DEFAULT
                .withFrame(new Blocks(block), reference.length, reference.length)
                .withStrategy(new Oracle(reference, records::add))
                .withStop(new FullCanvas());
        try (Decoder decoder =
                new Decoder(new ScriptedPredictor(script), new TokenNames(), Optional.empty(), "scripted")) {
            Decoding decoding = decoder.start(PROMPT, config);
            while (!decoding.done()) {
                canvas[0] = decoding.tokens();
                StepReport report = decoding.step();
                commits.add(report.commits().stream()
                        .map(commit -> commit.position())
                        .toList());
            }
            return decoding.tokens();
        }
    }
}
