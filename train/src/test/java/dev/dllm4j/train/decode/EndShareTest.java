package dev.dllm4j.train.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.train.run.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EndShareTest {
    private static final DecodingConfig ONE_BLOCK =
            DecodingConfig.DEFAULT.withFrame(new Blocks(8), 8, 8).withStrategy(UnmaskingStrategy.parse("schedule"));

    @Test
    void theFirstHalfOfTheCommitsIsWhatCounts() {
        // Confidence rises to the right, so the last four of eight positions are committed first: two end tokens.
        try (Decoder decoder = decoder((forward, position) -> {
            int place = position - 2;
            return Prediction.of(place == 3 || place >= 6 ? ScriptedPredictor.END : place + 1, 0.5 + 0.05 * place);
        })) {
            EndShare share = EndShare.measure(decoder, List.of(new int[] {9, 9}, new int[] {8, 8}), ONE_BLOCK, 1);
            assertThat(share).isEqualTo(new EndShare(2, 0.5, 0.5, 3));
        }
    }

    @Test
    void answersEndAtTheirFirstEndTokenAndOthersAreDropped() {
        int[] endAt = {3, 99, 0};
        List<Integer> progress = new ArrayList<>();
        try (Decoder decoder = decoder((forward, position) ->
                Prediction.of(position == 1 + endAt[forward / 8] ? ScriptedPredictor.END : 5, 0.9))) {
            List<int[]> prompts = List.of(new int[] {1}, new int[] {2}, new int[] {3});
            DecodingConfig all = ONE_BLOCK.withStop(new dev.dllm4j.decoder.stop.FullCanvas());
            List<Example> answers = Answers.of(decoder, prompts, all, ScriptedPredictor.END, 1, progress::add);
            assertThat(answers).hasSize(2);
            assertThat(answers.get(0).prompt()).containsExactly(1);
            assertThat(answers.get(0).answer()).containsExactly(5, 5, 5, ScriptedPredictor.END);
            assertThat(answers.get(1).prompt()).containsExactly(3);
            assertThat(answers.get(1).answer()).containsExactly(ScriptedPredictor.END);
            assertThat(progress).containsExactly(1, 2, 3);
        }
    }

    private static Decoder decoder(ScriptedPredictor.Script script) {
        return new Decoder(new ScriptedPredictor(script), new TokenNames(), Optional.empty(), "scripted");
    }
}
