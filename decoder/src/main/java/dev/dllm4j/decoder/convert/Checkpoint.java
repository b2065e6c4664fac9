package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.family.WeightSlot.Source;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The tensors of a checkpoint, from one file or from shards with an index.
 *
 * @param origin the file that lists the tensors
 * @param tensors by name
 */
record Checkpoint(Path origin, Map<String, SourceTensor> tensors) {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    Checkpoint {
        tensors = Map.copyOf(tensors);
    }

    static Checkpoint open(Path folder) {
        Path single = folder.resolve(SINGLE);
        if (ReadableFile.exists(single)) {
            return new Checkpoint(single, byName(SafeTensors.read(single)));
        }
        Path index = folder.resolve(INDEX);
        if (ReadableFile.exists(index)) {
            return new Checkpoint(index, sharded(index, folder));
        }
        throw new ModelException(
                "%s holds neither %s nor %s; save the checkpoint as safetensors".formatted(folder, SINGLE, INDEX));
    }

    /** Whether a model's head is its embedding: as config.json says, or as there is no tensor for it. */
    boolean tied(HfConfig config) {
        if (config.tied() || !config.tiedWithoutHead()) {
            return config.tied();
        }
        return Families.names(config.spec()).stream()
                .noneMatch(slot -> slot.key().role() == Role.HEAD && tensors.containsKey(slot.name()));
    }

    /**
     * The tensors of a model, in the order of {@code slots}.
     *
     * @param tied whether the head is the embedding, which takes its place where it has no tensor of its own
     */
    Map<WeightKey, SourceTensor> select(List<WeightSlot> slots, boolean tied) {
        Map<WeightKey, SourceTensor> selected = new LinkedHashMap<>();
        Map<String, SourceTensor> unknown = new TreeMap<>(tensors);
        for (WeightSlot slot : slots) {
            Optional<Source> source = source(slot);
            if (source.isPresent()) {
                SourceTensor tensor = tensor(source.get());
                selected.put(
                        slot.key(),
                        slot.shape().equals(tensor.shape())
                                ? tensor
                                : tensor.stretch(source.get().first(), slot.shape()));
                unknown.remove(tensor.name());
            } else if (tied && slot.key().role() == Role.HEAD) {
                selected.put(slot.key(), requireNonNull(selected.get(WeightKey.outside(Role.EMBEDDING))));
            } else {
                throw new ModelException(origin + " has no tensor " + slot.name()
                        + "; check layers" + (slot.key().expert() < 0 ? " and tying" : " and experts")
                        + " in config.json, or download the checkpoint again");
            }
        }
        if (!unknown.isEmpty()) {
            SourceTensor first = unknown.values().iterator().next();
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "%s: tensor %s (%d such) has no place in the model; check architecture and layers in config.json",
                    first.file(),
                    Quote.content(first.name()),
                    unknown.size()));
        }
        return selected;
    }

    /** Which of the slot's tensors is here. */
    private Optional<Source> source(WeightSlot slot) {
        List<Source> here = slot.sources().stream()
                .filter(source -> tensors.containsKey(source.tensor()))
                .toList();
        if (here.size() > 1) {
            throw new ModelException("%s has both %s and %s, and either may be the model's; keep one of them"
                    .formatted(origin, here.get(0).tensor(), here.get(1).tensor()));
        }
        return here.stream().findFirst();
    }

    private SourceTensor tensor(Source source) {
        SourceTensor tensor = requireNonNull(tensors.get(source.tensor()));
        if (!tensor.shape().equals(source.shape())) {
            throw new ModelException(
                    "%s: tensor %s has shape %s; config.json asks for %s, make sure both belong to one checkpoint"
                            .formatted(tensor.file(), source.tensor(), tensor.shape(), source.shape()));
        }
        return tensor;
    }

    private static Map<String, SourceTensor> byName(List<SourceTensor> tensors) {
        Map<String, SourceTensor> byName = new HashMap<>();
        for (SourceTensor tensor : tensors) {
            if (byName.put(tensor.name(), tensor) != null) {
                throw new ModelException(tensor.file() + " lists tensor " + Quote.content(tensor.name())
                        + " twice; download the file again");
            }
        }
        return byName;
    }

    private static Map<String, SourceTensor> sharded(Path index, Path folder) {
        if (!(JsonFile.read(index).get("weight_map") instanceof ObjectNode shardOf)) {
            throw new ModelException(index + " has no object weight_map; download the file again");
        }
        Map<String, Map<String, SourceTensor>> shards = new HashMap<>();
        Map<String, SourceTensor> tensors = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : shardOf.properties()) {
            String shard = entry.getValue().asText();
            SourceTensor tensor = shards.computeIfAbsent(
                            shard, name -> byName(SafeTensors.read(shard(index, folder, name))))
                    .remove(entry.getKey());
            if (tensor == null) {
                throw new ModelException("%s places tensor %s in %s, which has none; download both files again"
                        .formatted(index, Quote.content(entry.getKey()), shard));
            }
            tensors.put(entry.getKey(), tensor);
        }
        shards.forEach((shard, left) -> left.keySet().stream()
                .sorted()
                .findFirst()
                .ifPresent(name -> {
                    throw new ModelException("%s has tensor %s, which %s does not list; download both files again"
                            .formatted(folder.resolve(shard), Quote.content(name), index));
                }));
        return tensors;
    }

    private static Path shard(Path index, Path folder, String name) {
        if (!JsonFile.namesSibling(name)) {
            throw new ModelException("%s names the shard %s; a shard is a file beside it, so download the index again"
                    .formatted(index, Quote.content(name)));
        }
        if (!ReadableFile.exists(folder.resolve(name))) {
            throw new ModelException("%s names the shard %s, which is not in %s; download it"
                    .formatted(index, Quote.content(name), folder));
        }
        return folder.resolve(name);
    }
}
