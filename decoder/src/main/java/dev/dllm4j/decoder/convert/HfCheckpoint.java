package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.FamilyOptions;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A Hugging Face checkpoint whose weights are to be read into memory, e.g. to train them on. Files, shapes and names are
 * checked as for a conversion; {@link Converter} itself streams and holds no whole tensor.
 */
public final class HfCheckpoint {
    private final Path folder;
    private final ModelSpec spec;
    private final boolean tied;
    private final Map<String, SourceTensor> tensors;

    private HfCheckpoint(Path folder, ModelSpec spec, boolean tied, Map<String, SourceTensor> tensors) {
        this.folder = folder;
        this.spec = spec;
        this.tied = tied;
        this.tensors = Map.copyOf(tensors);
    }

    /**
     * Reads config.json and the headers of model.safetensors, or of its shards.
     *
     * @throws ModelException where the folder is not a checkpoint that {@link Converter} would take
     */
    public static HfCheckpoint open(Path folder) {
        return open(folder, Set.of());
    }

    /**
     * The same, but for some keys of config.json.
     *
     * @param ignoredKeys which the file is read without; {@code outer.inner} for one in an object
     */
    public static HfCheckpoint open(Path folder, Set<String> ignoredKeys) {
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + " is not a folder; name the folder with the checkpoint's config.json");
        }
        HfConfig config = HfConfig.read(folder, ignoredKeys, FamilyOptions.NONE);
        Checkpoint checkpoint = Checkpoint.open(folder);
        boolean tied = checkpoint.tied(config);
        Map<WeightKey, SourceTensor> selected = checkpoint.select(Families.names(config.spec()), tied);
        SourceTensor embedding = selected.get(WeightKey.outside(Role.EMBEDDING));
        Map<String, SourceTensor> tensors = new LinkedHashMap<>();
        for (WeightSlot slot : Families.names(config.spec())) {
            SourceTensor tensor = selected.get(slot.key());
            boolean head = slot.key().role() == Role.HEAD;
            if (head && tied && tensor != null && embedding != null) {
                TiedHead.requireCopy(tensor, embedding);
            }
            SourceTensor filling =
                    tensor == null ? embedding : checkpoint.tensors().getOrDefault(slot.name(), tensor);
            if (filling != null) {
                tensors.put(slot.name(), filling);
            }
        }
        return new HfCheckpoint(folder, config.spec(), tied, tensors);
    }

    public Path folder() {
        return folder;
    }

    public ModelSpec spec() {
        return spec;
    }

    /** Whether the output matrix is the embedding. */
    public boolean tied() {
        return tied;
    }

    /** The token that ends a text in training, the first of the model's ends: config.json's, where it has any. */
    public int endToken() {
        return spec().endTokens().stream()
                .findFirst()
                .orElseThrow(() -> new ModelException(folder.resolve("config.json")
                        + " has no eos_token_id; answers need a token that ends them, add its id"));
    }

    /**
     * A tensor's numbers as float32, row-major, whatever type they are stored in. A tied head's are the embedding's.
     *
     * @param name as the architecture's checkpoints have it
     */
    public float[] values(String name) {
        SourceTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("tensor " + name + " is none of the model's");
        }
        return Transcoder.floats(tensor);
    }

    /** Copies tokenizer.json, in this form whatever form it has here, and what lies beside it; replaces older copies. */
    public void copyTokenizer(Path target) {
        TokenizerFiles.copy(folder, target);
    }
}
