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
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/** A checkpoint in Hugging Face layout inside this jar, together with questions it was trained to answer. */
public enum BundledModel {
    /** Small LLaDA for grade-school word problems. */
    STARTER;

    private static final List<String> FILES = List.of(
            "config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json");
    private static final String QUESTIONS = "test.jsonl";

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
            for (String file : FILES) {
                try (InputStream content = open(file)) {
                    Files.copy(content, folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
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
            for (String file : FILES) {
                try (InputStream content = new CheckedInputStream(open(file), checksum)) {
                    content.transferTo(OutputStream.nullOutputStream());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "%08x".formatted(checksum.getValue());
    }

    /** Held-out questions of the kind the model was trained on: one JSON object a line, question and answer. */
    public InputStream questions() {
        return open(QUESTIONS);
    }

    /** The name that users write. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    private InputStream open(String file) {
        InputStream content = BundledModel.class.getResourceAsStream(this + "/" + file);
        if (content == null) {
            throw new IllegalStateException(this + "/" + file + " is missing from the jar");
        }
        return content;
    }
}
