package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.text.ChatTemplate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
        WeightTypes types = WeightTypes.of(options.weights(), origin.spec());
        WeightPlan plan = WeightPlan.of(origin.tensors(), types, origin.tied());
        trial.memory(checkpoint, ModelMemory.of(origin.spec(), types));
        Transcoder transcoder = Transcoder.of(plan);
        try (PartialFolder partial = PartialFolder.beside(output, plan.fileBytes())) {
            TokenizerFiles.copy(checkpoint, partial.path());
            TemplateFiles.choose(partial.path(), options.template());
            attempt(trial::text, partial.path(), checkpoint, options.template());
            Path filter = checkpoint.resolve(ModelFolder.FILTER);
            if (ReadableFile.exists(filter)) {
                FileCopy.content(filter, partial.path().resolve(ModelFolder.FILTER));
            }
            StoredFile weights = WeightFile.write(partial.path().resolve(WEIGHTS), plan, transcoder, progress);
            describe(partial.path(), origin, types, plan, weights);
            attempt(trial::model, partial.path(), checkpoint, options.template());
            partial.publish();
        }
        return ModelFolder.read(output);
    }

    /** The folder in the making is gone when its user reads a message, so it names where its files came from. */
    private static void attempt(Consumer<Path> trial, Path folder, Path checkpoint, TemplateChoice choice) {
        try {
            trial.accept(folder);
        } catch (ModelException | IllegalArgumentException | UncheckedIOException e) {
            Path template = choice instanceof TemplateChoice.File given
                    ? given.path()
                    : ChatTemplate.file(checkpoint).orElse(checkpoint.resolve(ChatTemplate.FILE));
            throw new ModelException(
                    String.valueOf(e.getMessage())
                            .replace(folder.resolve(ChatTemplate.FILE).toString(), template.toString())
                            .replace(folder.toString(), checkpoint.toString()),
                    e);
        }
    }

    private static void describe(Path folder, Origin origin, WeightTypes types, WeightPlan plan, StoredFile weights) {
        Map<String, StoredFile> files = new TreeMap<>();
        try {
            Pieces.write(folder, new StoredWeights(origin.spec(), plan.weights(), WEIGHTS));
            try (Stream<Path> written = Files.list(folder)) {
                for (Path file : written.toList()) {
                    String name = file.getFileName().toString();
                    files.put(name, name.equals(WEIGHTS) ? weights : StoredFile.of(file));
                }
            }
            new Manifest(Manifest.FORMAT, types, origin.spec(), origin.recipe(), files).write(folder);
        } catch (IOException e) {
            throw FileFailure.writing(folder, e);
        }
    }
}
