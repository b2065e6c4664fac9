package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A model folder whose numbers a test changes: graphs and weights stay, but for the graph that a sight may need. */
public final class ChangedManifest {
    private ChangedManifest() {}

    public static void write(Path model, UnaryOperator<ModelSpec> change) {
        try {
            Manifest manifest = Manifest.read(model);
            ModelSpec spec = change.apply(manifest.model());
            Map<String, StoredFile> files = new TreeMap<>(manifest.files());
            if (spec.sight().masks()) {
                Pieces.writeMasked(model, spec);
                files.put(PieceNames.ATTEND_MASKED, StoredFile.of(model.resolve(PieceNames.ATTEND_MASKED)));
            }
            new Manifest(manifest.format(), manifest.dtype(), spec, manifest.recipe(), files).write(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
