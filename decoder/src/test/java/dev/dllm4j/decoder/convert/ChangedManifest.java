package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import dev.dllm4j.decoder.model.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A model folder whose numbers or recipe a test changes: graphs and weights stay and run as the new numbers say, but for
 * the graph that a sight may need.
 */
public final class ChangedManifest {
    private ChangedManifest() {}

    /** Gives a model other numbers, and the recipe that goes with what its rows see. */
    public static void write(Path model, UnaryOperator<ModelSpec> change) {
        Manifest manifest = Manifest.read(model);
        ModelSpec spec = change.apply(manifest.model());
        Map<String, StoredFile> files = new TreeMap<>(manifest.files());
        try {
            if (spec.sight().masks()) {
                Pieces.writeMasked(model, spec);
                files.put(PieceNames.ATTEND_MASKED, StoredFile.of(model.resolve(PieceNames.ATTEND_MASKED)));
            }
            new Manifest(manifest.format(), manifest.weights(), spec, Recipe.of(spec.sight()), files).write(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives a model another recipe; returns its folder. */
    public static Path recipe(Path model, Recipe recipe) {
        Manifest manifest = Manifest.read(model);
        try {
            new Manifest(manifest.format(), manifest.weights(), manifest.model(), recipe, manifest.files())
                    .write(model);
            return model;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
