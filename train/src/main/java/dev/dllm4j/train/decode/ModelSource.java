package dev.dllm4j.train.decode;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.convert.TemplateChoice;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.models.BundledModel;
import dev.dllm4j.train.file.ScratchFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * A model as the user named it: a folder, which goes before a bundled model of the same name. Closing it deletes what
 * was unpacked and converted for the run.
 */
public final class ModelSource implements AutoCloseable {
    private static final String CONVERTED = "dllm4j.json";

    private final ScratchFolder scratch = ScratchFolder.create();
    private final Path folder;
    private final Set<String> ignoredKeys;

    private ModelSource(String name, Set<String> ignoredKeys) {
        this.ignoredKeys = Set.copyOf(ignoredKeys);
        Path named = Path.of(name);
        Optional<BundledModel> bundled = BundledModel.named(name);
        if (bundled.isPresent() && !Files.isDirectory(named)) {
            this.folder = scratch.path().resolve("checkpoint");
            bundled.get().extract(folder);
        } else {
            this.folder = named;
        }
    }

    /**
     * Finds a model.
     *
     * @param ignoredKeys of a checkpoint's config.json, which is read as if it did not have them
     * @throws ModelException if there is none of that name
     */
    public static ModelSource of(String name, Set<String> ignoredKeys) {
        if (!Files.isDirectory(Path.of(name)) && BundledModel.named(name).isEmpty()) {
            throw new ModelException("model is " + name + "; it must be a folder or the name of a bundled model, "
                    + Arrays.toString(BundledModel.values()));
        }
        return new ModelSource(name, ignoredKeys);
    }

    /** The folder, a checkpoint in Hugging Face layout or a converted model. */
    public Path folder() {
        return folder;
    }

    /** The folder's checkpoint, to train on. */
    public HfCheckpoint checkpoint() {
        return HfCheckpoint.open(folder, ignoredKeys);
    }

    /**
     * Opens the model for decoding; a checkpoint is converted first. The caller closes it, before this. Nothing is refused
     * for its size: the commands say themselves what they take.
     */
    public Decoder decoder(int threads) {
        RuntimeOptions options = new RuntimeOptions(Device.CPU, threads).forced();
        if (Files.exists(folder.resolve(CONVERTED))) {
            return Decoder.open(folder, options);
        }
        Path converted = scratch.path().resolve("model");
        ConvertOptions conversion = new ConvertOptions(WeightType.F32, ignoredKeys, new TemplateChoice.Own());
        Converter.convert(folder, converted, conversion, ConvertProgress.SILENT);
        return Decoder.open(converted, options);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
