package dev.dllm4j.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * A checkpoint in Hugging Face layout inside this jar, most with a learned filter of their own, together with questions it
 * was trained to answer.
 */
public enum BundledModel {
    /** Small LLaDA for grade-school word problems. */
    STARTER,
    /** The starter, trained on to be certain of what it gets right (dParallel). */
    STARTER_CERTAINTY,
    /** The starter, trained on with rainbow padding. */
    STARTER_RAINBOW,
    /** The starter, trained on to see blocks of eight, each and those before it; without a filter. */
    STARTER_BLOCKS(false);

    private static final String QUESTIONS = "starter/test.jsonl";

    private final boolean hasFilter;

    BundledModel() {
        this(true);
    }

    BundledModel(boolean hasFilter) {
        this.hasFilter = hasFilter;
    }

    /** The model of a name, as {@link #toString} spells it. */
    public static Optional<BundledModel> named(String name) {
        return Arrays.stream(values())
                .filter(model -> model.toString().equals(name))
                .findFirst();
    }

    /** Writes the checkpoint's files into a folder, which is created; files of the same names are replaced. */
    public void extract(Path folder) {
        try {
            Files.createDirectories(folder);
            for (Map.Entry<String, String> file : files().entrySet()) {
                try (InputStream content = open(file.getValue())) {
                    Files.copy(content, folder.resolve(file.getKey()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Eight hexadecimal digits that change with the checkpoint's content. A checksum, not a signature: it names folders,
     * and costs a fraction of the time that a cold Java process needs for a cryptographic hash.
     */
    public String digest() {
        CRC32 checksum = new CRC32();
        try {
            for (String resource : files().values()) {
                try (InputStream content = new CheckedInputStream(open(resource), checksum)) {
                    content.transferTo(OutputStream.nullOutputStream());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return String.format(Locale.ROOT, "%08x", checksum.getValue());
    }

    /** Held-out questions of the kind the model was trained on: one JSON object a line, question and answer. */
    public InputStream questions() {
        return open(QUESTIONS);
    }

    /** The name that users write. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Resources by file name; the tokenizer is the starter's. */
    private SortedMap<String, String> files() {
        SortedMap<String, String> files = new TreeMap<>();
        for (String shared : List.of("tokenizer.json", "tokenizer_config.json")) {
            files.put(shared, "starter/" + shared);
        }
        List<String> ownFiles = hasFilter
                ? List.of("config.json", "filter.safetensors", "model.safetensors")
                : List.of("config.json", "model.safetensors");
        for (String own : ownFiles) {
            files.put(own, this + "/" + own);
        }
        return files;
    }

    private static InputStream open(String resource) {
        InputStream content = BundledModel.class.getResourceAsStream(resource);
        if (content == null) {
            throw new IllegalStateException(resource + " is missing from the jar");
        }
        return content;
    }
}
