package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** A model folder whose numbers or recipe a test changes: its graphs and weights stay, and run as the new numbers say. */
public final class ChangedManifest {
    private ChangedManifest() {}

    public static void write(Path model, UnaryOperator<ModelSpec> change) {
        change(model, manifest -> new Manifest(
                manifest.format(),
                manifest.dtype(),
                change.apply(manifest.model()),
                manifest.recipe(),
                manifest.files()));
    }

    /** Gives a model another recipe; returns its folder. */
    public static Path recipe(Path model, Recipe recipe) {
        change(model, manifest -> new Manifest(
                manifest.format(), manifest.dtype(), manifest.model(), recipe, manifest.files()));
        return model;
    }

    private static void change(Path model, Change change) {
        try {
            change.of(Manifest.read(model)).write(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Change {
        Manifest of(Manifest manifest);
    }
}
