package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Path;

/**
 * Turns a Hugging Face checkpoint into a model folder.
 *
 * <p>Everything that can be wrong with the input is found before the first byte is written, but for values out of the
 * target's range. Memory is a few chunks of four MiB, and the scales of a matrix, whatever the size of the checkpoint.
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
     * Converts a checkpoint.
     *
     * @param checkpoint folder with config.json, model.safetensors (or shards with an index) and tokenizer.json; or one
     *     that was converted to f32, f16 or bf16. A learned filter beside them is taken along
     * @param output folder that does not exist or is empty; it appears complete or not at all
     * @param trial of the model before its folder appears
     * @throws ModelException where checkpoint or output folder are not what they should be, the trial fails, or the thread
     *     is interrupted, which it stays; nothing of the folder is there then
     */
    public static ModelFolder convert(
            Path checkpoint, Path output, ConvertOptions options, ConvertProgress progress, Trial trial) {
        requireNonNull(checkpoint, "checkpoint is null; name the folder with the checkpoint's config.json");
        requireNonNull(output, "output is null; name a folder that does not exist yet");
        requireNonNull(options, "options is null; give some, e.g. ConvertOptions.defaults()");
        requireNonNull(progress, "progress is null; give ConvertProgress.SILENT for none");
        requireNonNull(trial, "trial is null; give Trial.NONE for none");
        Origin origin = Origin.open(checkpoint, options);
        Conversion conversion = Conversion.of(checkpoint, origin, options.weights());
        try (PartialFolder partial = PartialFolder.beside(output, conversion.plan().fileBytes())) {
            Path folder = partial.path();
            Attempt attempt = new Attempt(folder, checkpoint, options.template());
            TokenizerFiles.copy(checkpoint, folder);
            TemplateFiles.choose(folder, options.template());
            attempt.run(() -> trial.text(folder));
            conversion.write(folder, progress);
            attempt.run(() -> trial.model(folder));
            partial.publish();
        }
        return ModelFolder.read(output);
    }
}
