package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** A model folder whose numbers a test changes: its graphs and weights stay, and run as the new numbers say. */
public final class ChangedManifest {
    private ChangedManifest() {}

    public static void write(Path model, UnaryOperator<ModelSpec> change) {
        try {
            Manifest manifest = Manifest.read(model);
            new Manifest(manifest.format(), manifest.dtype(), change.apply(manifest.model()), manifest.recipe(), manifest.files())
                    .write(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
