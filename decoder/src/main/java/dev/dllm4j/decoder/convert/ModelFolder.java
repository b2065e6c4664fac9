package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A converted model on disk, as its {@code dllm4j.json} describes it.
 *
 * @param path of the folder
 * @param weights type of matrices and embeddings
 * @param files by name; everything in the folder but the manifest itself
 */
public record ModelFolder(Path path, ModelSpec spec, DataType weights, SortedMap<String, StoredFile> files) {
    /** A learned filter that belongs to the model, in its checkpoint as in its folder. */
    public static final String FILTER = "filter.safetensors";

    public ModelFolder {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /**
     * Reads a folder's manifest and checks that every file is there in its full length, without reading the files.
     *
     * @throws ModelException where the folder is no converted model, or an incomplete one
     */
    public static ModelFolder read(Path path) {
        if (!Files.exists(path.resolve(Manifest.NAME))) {
            throw new ModelException(path + " is no converted model: it has no " + Manifest.NAME
                    + "; make one with `dllm4j convert HF_DIR " + path + "`");
        }
        Manifest manifest = Manifest.read(path);
        ModelFolder folder = new ModelFolder(path, manifest.model(), manifest.dtype(), new TreeMap<>(manifest.files()));
        folder.files.forEach(folder::requireLength);
        return folder;
    }

    /** Where a file of the folder lies. */
    public Path file(String name) {
        return path.resolve(name);
    }

    /** The model's identity in traces, results and filters: one SHA-256 over the hashes of its weights and tokenizer. */
    public String hash() {
        MessageDigest digest = StoredFile.digest();
        for (String name : List.of(Converter.WEIGHTS, TokenizerFiles.TOKENIZER)) {
            StoredFile stored = files.get(name);
            if (stored == null) {
                throw new ModelException(path + " has no " + name + "; convert the checkpoint again");
            }
            digest.update((stored.sha256() + "  " + name + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Reads every file and compares its hash, which takes as long as the disk needs for all weights.
     *
     * @throws ModelException where a file is not what was converted
     */
    public void verify() {
        for (Map.Entry<String, StoredFile> entry : files.entrySet()) {
            Path file = file(entry.getKey());
            try {
                if (!StoredFile.of(file).equals(entry.getValue())) {
                    throw new ModelException(file + " is not the file that was converted: its SHA-256 differs from "
                            + Manifest.NAME + "; copy the folder or convert the checkpoint again");
                }
            } catch (IOException e) {
                throw FileFailure.reading(file, e);
            }
        }
    }

    private void requireLength(String name, StoredFile stored) {
        Path file = file(name);
        if (!JsonFile.namesSibling(name) || !Files.isRegularFile(file)) {
            throw new ModelException(
                    "%s lists the file %s, which is not there; copy the folder or convert the checkpoint again"
                            .formatted(file(Manifest.NAME), name));
        }
        try {
            if (Files.size(file) != stored.bytes()) {
                throw new ModelException("%s has %d bytes; %s says %d, copy the folder or convert the checkpoint again"
                        .formatted(file, Files.size(file), Manifest.NAME, stored.bytes()));
            }
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }
}
