package dev.dllm4j.train.decode;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Decodes many prompts, some of them at a time in shared forwards.
 *
 * @param atOnce prompts in one forward
 * @param watcher hears of every step
 */
public record Decodings(Decoder decoder, int atOnce, Watcher watcher) {
    /** Hears of steps, on the thread that decodes. */
    @FunctionalInterface
    public interface Watcher {
        /**
         * A step is done.
         *
         * @param prompt which of the prompts
         */
        void stepped(int prompt, StepReport report);
    }

    /**
     * The generated ids of every prompt, in order.
     *
     * @param configs how each prompt, by its index, is decoded
     */
    public List<int[]> run(List<int[]> prompts, Function<Integer, DecodingConfig> configs) {
        StepScheduler scheduler = new StepScheduler(decoder.model());
        Map<Decoding, Integer> promptOf = new HashMap<>();
        List<int[]> answers = new ArrayList<>(prompts);
        int next = 0;
        while (next < prompts.size() || !scheduler.active().isEmpty()) {
            while (next < prompts.size() && scheduler.active().size() < atOnce) {
                Decoding decoding = decoder.start(prompts.get(next), configs.apply(next));
                promptOf.put(decoding, next++);
                scheduler.join(decoding);
            }
            for (Outcome outcome : scheduler.step()) {
                Decoding decoding = outcome.decoding();
                int prompt = promptOf.getOrDefault(decoding, -1);
                if (outcome instanceof Outcome.Failed failed) {
                    throw failed.cause();
                }
                if (outcome instanceof Outcome.Advanced advanced) {
                    watcher.stepped(prompt, advanced.report());
                }
                if (decoding.done()) {
                    int[] tokens = decoding.tokens();
                    answers.set(prompt, Arrays.copyOfRange(tokens, decoding.promptLength(), tokens.length));
                    promptOf.remove(decoding);
                }
            }
        }
        return answers;
    }
}
