package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.file.ReadableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A checkpoint, and how its weights are stored in a model folder.
 *
 * @param transcoder with the memory that the plan takes
 */
record Conversion(Path checkpoint, Origin origin, WeightTypes types, WeightPlan plan, Transcoder transcoder) {
    /**
     * Plans a conversion.
     *
     * @throws dev.dllm4j.decoder.model.ModelException where a tensor's shape does not go with the type, or there is no
     *     memory to encode the largest
     */
    static Conversion of(Path checkpoint, Origin origin, WeightType type) {
        WeightTypes types = WeightTypes.of(type, origin.spec());
        WeightPlan plan = WeightPlan.of(origin.tensors(), types, origin.tied());
        return new Conversion(checkpoint, origin, types, plan, Transcoder.of(plan));
    }

    /**
     * Completes a folder.
     *
     * @param folder with the tokenizer's files, and the chat template's
     * @return what the folder's manifest says
     */
    Manifest write(Path folder, ConvertProgress progress) {
        Path filter = checkpoint.resolve(ModelFolder.FILTER);
        if (ReadableFile.exists(filter)) {
            FileCopy.content(filter, folder.resolve(ModelFolder.FILTER));
        }
        StoredFile weights = WeightFile.write(folder.resolve(Converter.WEIGHTS), plan, transcoder, progress);
        Map<String, StoredFile> files = new TreeMap<>();
        try {
            Pieces.write(folder, new StoredWeights(origin.spec(), plan.weights(), Converter.WEIGHTS));
            try (Stream<Path> written = Files.list(folder)) {
                for (Path file : written.toList()) {
                    String name = file.getFileName().toString();
                    files.put(name, name.equals(Converter.WEIGHTS) ? weights : StoredFile.of(file));
                }
            }
            Manifest manifest = new Manifest(Manifest.FORMAT, types, origin.spec(), origin.recipe(), files);
            manifest.write(folder);
            return manifest;
        } catch (IOException e) {
            throw FileFailure.writing(folder, e);
        }
    }
}
