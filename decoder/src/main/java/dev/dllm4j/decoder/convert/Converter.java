package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.convert.LossCheck.Measurement;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Turns a Hugging Face checkpoint into a model folder.
 *
 * <p>Everything that can be wrong with the input is found before the first byte is written, but for values out of the
 * target's range. Memory is a few chunks of four MiB, and the scales of a matrix, whatever the size of the checkpoint; for
 * int8 products, of which int4 has one in the head, the codes of the largest matrix besides.
 */
public final class Converter {
    /** The file of the model folder with every weight in it. */
    public static final String WEIGHTS = "weights.bin";

    private Converter() {}

    /** Converts a checkpoint without trying the model. */
    public static ModelFolder convert(Path checkpoint, Path output, ConvertOptions options, ConvertProgress progress) {
        return convert(checkpoint, output, options, progress, Trial.NONE);
    }

    /**
     * Converts a checkpoint without measuring what its new weights lose.
     *
     * @param trial of the model before its folder appears
     */
    public static ModelFolder convert(
            Path checkpoint, Path output, ConvertOptions options, ConvertProgress progress, Trial trial) {
        return convert(checkpoint, output, options, progress, trial, Optional.empty());
    }

    /**
     * Converts a checkpoint.
     *
     * @param checkpoint folder with config.json, model.safetensors (or shards with an index) and tokenizer.json; or one
     *     that was converted to f32, f16 or bf16. A learned filter beside them is taken along
     * @param output folder that does not exist or is empty; it appears complete or not at all
     * @param trial of the model before its folder appears
     * @param check measures what the weights lose, which the folder then says; meanwhile the checkpoint's own numbers lie
     *     in a folder beside the output, unless the checkpoint is a converted one
     * @throws ModelException where checkpoint or output folder are not what they should be, trial or check fail, nothing
     *     can be lost that a check could find, or the thread is interrupted, which it stays; nothing of the folder is there
     *     then
     */
    public static ModelFolder convert(
            Path checkpoint,
            Path output,
            ConvertOptions options,
            ConvertProgress progress,
            Trial trial,
            Optional<LossCheck> check) {
        requireNonNull(checkpoint, "checkpoint is null; name the folder with the checkpoint's config.json");
        requireNonNull(output, "output is null; name a folder that does not exist yet");
        requireNonNull(options, "options is null; give some, e.g. ConvertOptions.defaults()");
        requireNonNull(progress, "progress is null; give ConvertProgress.SILENT for none");
        requireNonNull(trial, "trial is null; give Trial.NONE for none");
        requireNonNull(check, "check is null; give Optional.empty() for none");
        Origin origin = Origin.open(checkpoint, options);
        Conversion conversion = Conversion.of(checkpoint, origin, options.weights());
        trial.memory(checkpoint, ModelMemory.of(origin.spec(), conversion.types()));
        Optional<Reference> reference = check.map(given -> Reference.of(given, conversion));
        long referenceBytes = reference.map(Reference::fileBytes).orElse(0L);
        try (PartialFolder partial =
                PartialFolder.beside(output, conversion.plan().fileBytes(), referenceBytes)) {
            Path folder = partial.path();
            Attempt attempt = new Attempt(folder, checkpoint, options.template());
            TokenizerFiles.copy(checkpoint, folder);
            TemplateFiles.choose(folder, options.template());
            attempt.run(() -> trial.text(folder));
            Optional<Measurement> measurement = reference.map(found -> attempt.get(() -> found.prepare(folder)));
            Manifest manifest = conversion.write(folder, progress);
            attempt.run(() -> trial.model(folder));
            Optional<WeightLoss> loss = reference.flatMap(
                    found -> measurement.map(ready -> attempt.get(() -> found.compare(ready, folder))));
            loss.ifPresent(lost -> say(lost, manifest, folder));
            partial.publish();
        }
        return ModelFolder.read(output);
    }

    private static void say(WeightLoss loss, Manifest manifest, Path folder) {
        try {
            manifest.with(loss).write(folder);
        } catch (IOException e) {
            throw FileFailure.writing(folder, e);
        }
    }
}
