package dev.dllm4j.train.decode;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.stop.FullCanvas;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How early a model commits the end of its text (Rainbow Padding's measure of early termination).
 *
 * @param end share of end tokens in the first half of the commits
 * @param pad share of padding tokens in it
 * @param textTokens of an answer, on average
 */
public record EndShare(int prompts, double end, double pad, double textTokens) {
    /** Decodes every mask of every prompt's canvas, and looks at the first half of the commits. */
    public static EndShare measure(Decoder decoder, List<int[]> prompts, DecodingConfig config, int atOnce) {
        List<List<Integer>> commits = new ArrayList<>();
        prompts.forEach(prompt -> commits.add(new ArrayList<>()));
        Decodings decodings = new Decodings(decoder, atOnce, (prompt, report) -> {
            for (Commit commit : report.commits()) {
                commits.get(prompt).add(commit.token());
            }
        });
        List<int[]> canvases = decodings.run(prompts, prompt -> config.withStop(new FullCanvas()));
        double text = 0;
        for (int[] canvas : canvases) {
            text += decoder.textTokens(canvas).length;
        }
        return of(commits, decoder.spec(), text / prompts.size());
    }

    /** The shares in sequences of committed tokens. */
    static EndShare of(List<List<Integer>> commits, ModelSpec spec, double textTokens) {
        Set<Integer> pads = spec.padTokens();
        long ends = 0;
        long padded = 0;
        long all = 0;
        for (List<Integer> tokens : commits) {
            for (int token : tokens.subList(0, tokens.size() / 2)) {
                ends += spec.endTokens().contains(token) ? 1 : 0;
                padded += pads.contains(token) ? 1 : 0;
                all++;
            }
        }
        return new EndShare(commits.size(), (double) ends / all, (double) padded / all, textTokens);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%.2f %% <eos> and %.2f %% pads in the first half of the commits, %.1f text tokens, %d problems",
                100 * end,
                100 * pad,
                textTokens,
                prompts);
    }
}
