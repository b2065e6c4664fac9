package dev.dllm4j.train.decode;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.train.run.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** A model's own answers, to learn from. */
public final class Answers {
    private Answers() {}

    /**
     * Decodes prompts and keeps the answers that come to an end, up to and with their first end token.
     *
     * @param end id of the end token
     * @param atOnce prompts in one forward
     * @param progress hears how many answers are done
     */
    public static List<Example> of(
            Decoder decoder, List<int[]> prompts, DecodingConfig config, int end, int atOnce, IntConsumer progress) {
        int[] done = {0};
        Decodings decodings = new Decodings(decoder, atOnce, (prompt, report) -> {
            if (report.done()) {
                progress.accept(++done[0]);
            }
        });
        List<int[]> canvases = decodings.run(prompts, prompt -> config);
        List<Example> answers = new ArrayList<>();
        for (int prompt = 0; prompt < prompts.size(); prompt++) {
            int[] canvas = canvases.get(prompt);
            for (int length = 1; length <= canvas.length; length++) {
                if (canvas[length - 1] == end) {
                    answers.add(new Example(prompts.get(prompt), Arrays.copyOf(canvas, length)));
                    break;
                }
            }
        }
        return answers;
    }
}
