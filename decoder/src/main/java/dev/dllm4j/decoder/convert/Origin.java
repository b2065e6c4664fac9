package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.FamilyOptions;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a conversion starts from: a checkpoint as its authors saved it, or a folder that was converted to floating-point
 * weights before.
 *
 * @param tied whether the head is the embedding
 * @param tensors in the order in which they are written
 */
record Origin(ModelSpec spec, Recipe recipe, boolean tied, Map<WeightKey, SourceTensor> tensors) {
    Origin {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    static Origin open(Path folder, ConvertOptions options) {
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + " is not a folder; name the folder with the checkpoint's config.json");
        }
        return ReadableFile.exists(folder.resolve(Manifest.NAME)) ? converted(folder, options) : saved(folder, options);
    }

    private static Origin saved(Path folder, ConvertOptions options) {
        HfConfig config = HfConfig.read(folder, options.ignoredKeys(), options.stated());
        Checkpoint checkpoint = Checkpoint.open(folder);
        boolean tied = checkpoint.tied(config);
        ModelSpec spec = config.spec();
        return new Origin(
                spec, Families.named(spec.family()).recipe(spec), tied, checkpoint.select(Families.names(spec), tied));
    }

    private static Origin converted(Path path, ConvertOptions options) {
        ModelFolder folder = ModelFolder.read(path);
        if (folder.weights().type().quantized()) {
            throw new ModelException(path + " has " + folder.weights() + " weights, which have lost what another type"
                    + " would keep; convert the checkpoint itself, or a folder of f32, f16 or bf16");
        }
        if (!options.ignoredKeys().isEmpty() || !options.stated().equals(FamilyOptions.NONE)) {
            throw new ModelException(path + " is converted, and what its checkpoint's files say is settled; leave out"
                    + " --mask-id, --block-length, --family and --ignore-config, or convert the checkpoint itself");
        }
        Map<WeightKey, Weight> places = folder.places();
        Map<WeightKey, SourceTensor> tensors = new LinkedHashMap<>();
        for (WeightSlot slot : Families.names(folder.spec())) {
            Weight weight =
                    places.getOrDefault(slot.key(), requireNonNull(places.get(WeightKey.outside(Role.EMBEDDING))));
            tensors.put(slot.key(), tensor(folder.file(Converter.WEIGHTS), slot.key(), weight));
        }
        boolean tied = !places.containsKey(WeightKey.outside(Role.HEAD));
        return new Origin(folder.spec(), folder.recipe(), tied, tensors);
    }

    private static SourceTensor tensor(Path file, WeightKey key, Weight weight) {
        String name = key.role().name().toLowerCase(Locale.ROOT) + (key.layer() < 0 ? "" : " of layer " + key.layer());
        FloatMatrix floats = (FloatMatrix) weight.type().matrix();
        return new SourceTensor(file, name, floats.type(), weight.shape(), weight.offset(), weight.bytes());
    }
}
