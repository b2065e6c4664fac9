package dev.dllm4j.train.filter;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.unmask.Certainty;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.train.decode.Decodings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** Learn2PD's training data: every prompt decoded one token a forward, then by the oracle. */
public final class FilterRecords {
    private FilterRecords() {}

    /**
     * The records of some prompts, prompt by prompt.
     *
     * @param progress hears how many decodings are done, two a prompt
     */
    public static List<FilterRecord> of(
            Decoder decoder, List<int[]> prompts, int genLength, int blockLength, int atOnce, IntConsumer progress) {
        Blocks blocks = new Blocks(blockLength);
        blocks.requireWhole(genLength);
        DecodingConfig plain = DecodingConfig.DEFAULT
                .withFrame(blocks, genLength, genLength)
                .withStrategy(new FixedSchedule(Certainty.CONFIDENCE))
                .withStop(new FullCanvas());
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
