package dev.dllm4j.decoder.golden;

import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.convert.ConvertOptions;
import java.util.List;
import java.util.Set;

/**
 * A run of an original in our words.
 *
 * @param options that the checkpoint is converted with
 * @param shifted whether row p predicts position p + 1 although the family's does not
 * @param prompt token ids
 * @param draft what stands behind the prompt
 * @param ends ids that end a text
 * @param expected the run on our canvas: without padding before the prompt, and cut where we cut
 */
public record FamilyCase(
        ConvertOptions options,
        boolean shifted,
        List<Integer> prompt,
        Draft draft,
        Set<Integer> ends,
        DecodingConfig config,
        Trace expected) {}
