package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.checkpoint.CheckpointTokens;
import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.checkpoint.TokenizerJson;
import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A converted model on disk, as its {@code dllm4j.json} describes it.
 *
 * @param path of the folder
 * @param recipe how the model's authors decode it
 * @param weights how they are stored
 * @param loss what these weights lost, where the conversion measured it
 * @param files by name; everything in the folder but the manifest itself
 */
public record ModelFolder(
        Path path,
        ModelSpec spec,
        Recipe recipe,
        WeightTypes weights,
        Optional<WeightLoss> loss,
        SortedMap<String, StoredFile> files) {
    /** A learned filter that belongs to the model, in its checkpoint as in its folder. */
    public static final String FILTER = "filter.safetensors";

    private static final String NO_PATH = "path is null; name the folder that 'dllm4j convert' wrote";
    private static final String AGAIN = "; copy the folder or convert the checkpoint again";

    public ModelFolder {
        requireNonNull(path, NO_PATH);
        requireNonNull(spec, "spec is null; read the folder with ModelFolder.read");
        requireNonNull(recipe, "recipe is null; read the folder with ModelFolder.read");
        requireNonNull(weights, "weights is null; read the folder with ModelFolder.read");
        requireNonNull(loss, "loss is null; read the folder with ModelFolder.read");
        requireNonNull(files, "files is null; read the folder with ModelFolder.read");
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /**
     * Reads a folder's manifest and checks it against names and sizes of the files, without reading those: every graph
     * of every layer is there, every file has its length, and the weights are as many as the model's numbers ask for.
     *
     * @throws ModelException where the folder is not a converted model, or an incomplete one
     */
    public static ModelFolder read(Path path) {
        requireNonNull(path, NO_PATH);
        if (!ReadableFile.exists(path.resolve(Manifest.NAME))) {
            throw new ModelException(path + " is not a converted model: it has no " + Manifest.NAME
                    + "; make one with `dllm4j convert HF_DIR " + path
                    + "`, or name a bundled model, as `dllm4j models` lists them");
        }
        Manifest manifest = Manifest.read(path);
        ModelFolder folder = new ModelFolder(
                path,
                manifest.model(),
                manifest.recipe(),
                manifest.weights(),
                manifest.loss(),
                new TreeMap<>(manifest.files()));
        folder.requireFamily();
        folder.files.forEach(folder::requireLength);
        folder.requireComplete();
        return folder;
    }

    /** Where the file lies that describes the folder. */
    public Path manifest() {
        return file(Manifest.NAME);
    }

    /** Where a file of the folder lies. */
    public Path file(String name) {
        return path.resolve(requireNonNull(name, "name is null; name a file of the folder"));
    }

    /** The model's identity in traces, results and filters: one SHA-256 over the hashes of its weights and tokenizer. */
    public String hash() {
        MessageDigest digest = StoredFile.digest();
        for (String name : List.of(Converter.WEIGHTS, TokenizerJson.NAME)) {
            StoredFile stored = files.get(name);
            if (stored == null) {
                throw new ModelException(path + " has no " + name + "; convert the checkpoint again");
            }
            digest.update((stored.sha256() + "  " + name + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Bytes that its files take. */
    public long diskBytes() {
        return files.values().stream().mapToLong(StoredFile::bytes).sum();
    }

    /** What it takes when it is open. */
    public ModelMemory memory() {
        return ModelMemory.of(spec, weights);
    }

    /** Where its weights lie in their file; the head is none of them where it is the embedding. */
    Map<WeightKey, Weight> places() {
        long bytes = requireNonNull(files.get(Converter.WEIGHTS)).bytes();
        return WeightPlan.places(spec, weights, bytes == WeightPlan.fileBytes(spec, weights, true));
    }

    /**
     * Compares the hashes of the graphs, a few kilobytes each.
     *
     * @throws ModelException where one is not what was converted
     */
    public void verifyGraphs() {
        PieceNames.all(spec).forEach(this::verify);
    }

    /**
     * Reads every file and compares its hash, which takes as long as the disk needs for all weights; and compares the
     * mask with the one that the tokenizer's files name, unless it is another of their added tokens.
     *
     * @throws ModelException where a file is not what was converted
     */
    public void verify() {
        files.keySet().forEach(this::verify);
        CheckpointTokens tokens = CheckpointTokens.read(path, spec.vocabulary());
        boolean added = tokens.added().entries().stream().anyMatch(entry -> entry.id() == spec.maskToken());
        tokens.named("mask_token").ifPresent(mask -> {
            if (mask != spec.maskToken() && !added) {
                throw new ModelException(manifest() + " says mask token " + spec.maskToken() + "; "
                        + file(TokenizerConfig.FILE) + " names " + mask + " as the mask" + AGAIN);
            }
        });
    }

    private void verify(String name) {
        Path file = file(name);
        try {
            if (!StoredFile.of(file).equals(files.get(name))) {
                throw new ModelException(file + " is not the file that was converted: its SHA-256 differs from "
                        + Manifest.NAME + AGAIN);
            }
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private void requireFamily() {
        try {
            Families.named(spec.family());
        } catch (IllegalArgumentException e) {
            throw new ModelException(file(Manifest.NAME) + ": " + e.getMessage() + Manifest.CONVERT, e);
        }
    }

    private void requireComplete() {
        Stream.concat(PieceNames.all(spec).stream(), Stream.of(Converter.WEIGHTS, TokenizerJson.NAME))
                .filter(name -> !files.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new ModelException(String.format(
                            Locale.ROOT,
                            "%s does not list %s, which a model of %d layers has%s",
                            manifest(),
                            name,
                            spec.layers(),
                            AGAIN));
                });
        StoredFile stored = files.get(Converter.WEIGHTS);
        long untied = weightBytes(false);
        long tied = weightBytes(true);
        if (stored != null && stored.bytes() != untied && stored.bytes() != tied) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "%s has %d bytes; the model in %s takes %d, or %d with its head tied%s",
                    file(Converter.WEIGHTS),
                    stored.bytes(),
                    Manifest.NAME,
                    untied,
                    tied,
                    AGAIN));
        }
    }

    private long weightBytes(boolean tied) {
        try {
            return WeightPlan.fileBytes(spec, weights, tied);
        } catch (IllegalArgumentException e) {
            throw new ModelException(manifest() + ": a matrix " + e.getMessage() + AGAIN, e);
        }
    }

    private void requireLength(String name, StoredFile stored) {
        if (!JsonFile.namesSibling(name) || !ReadableFile.exists(file(name))) {
            throw new ModelException("%s lists the file %s, which is not there%s"
                    .formatted(file(Manifest.NAME), Quote.content(name), AGAIN));
        }
        Path file = file(name);
        try {
            long bytes = ReadableFile.size(file);
            if (bytes != stored.bytes()) {
                throw new ModelException(String.format(
                        Locale.ROOT,
                        "%s has %d bytes; %s says %d%s",
                        file,
                        bytes,
                        Manifest.NAME,
                        stored.bytes(),
                        AGAIN));
            }
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }
}
