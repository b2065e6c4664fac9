package dev.dllm4j.train.filter;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.Certainty;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.train.decode.Decodings;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/** Learn2PD's training data: every prompt decoded one token a forward, then by the oracle. */
public final class FilterRecords {
    /** The paper's. */
    private static final int BLOCK_LENGTH = 32;

    private FilterRecords() {}

    /**
     * How the prompts are decoded one token a forward: in blocks of the length that is given, else of the model's recipe,
     * else of {@link #BLOCK_LENGTH} positions.
     *
     * @throws IllegalArgumentException if gen length, block length and model do not go together
     */
    public static DecodingConfig config(Decoder decoder, int genLength, OptionalInt blockLength) {
        DecodingChoices choices = DecodingChoices.NONE
                .withGenLength(genLength)
                .withSteps(genLength)
                .withStrategy(new FixedSchedule(Certainty.CONFIDENCE))
                .withStop(new FullCanvas());
        boolean recipe = blockLength.isEmpty() && decoder.recipe().window() instanceof Blocks;
        DecodingConfig config = decoder.resolve(
                recipe
                        ? choices.withWindow(decoder.recipe().window())
                        : choices.withBlockLength(blockLength.orElse(BLOCK_LENGTH)));
        blocks(config).requireWhole(genLength);
        return config;
    }

    /** The blocks of a configuration that {@link #config} gave. */
    public static Blocks blocks(DecodingConfig config) {
        return (Blocks) config.window();
    }

    /**
     * The records of some prompts, prompt by prompt.
     *
     * @param plain how they are decoded one token a forward
     * @param progress hears how many decodings are done, two a prompt
     */
    public static List<FilterRecord> of(
            Decoder decoder, List<int[]> prompts, DecodingConfig plain, int atOnce, IntConsumer progress) {
        int[] done = {0};
        Decodings decodings = new Decodings(decoder, atOnce, (prompt, report) -> {
            if (report.done()) {
                progress.accept(++done[0]);
            }
        });
        List<int[]> references = decodings.run(prompts, prompt -> plain);
        List<List<FilterRecord>> records = new ArrayList<>();
        prompts.forEach(prompt -> records.add(new ArrayList<>()));
        decodings.run(
                prompts, prompt -> plain.withStrategy(new Oracle(references.get(prompt), records.get(prompt)::add)));
        return records.stream().flatMap(List::stream).toList();
    }
}
