package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The chat template among a model folder's files. */
final class TemplateFiles {
    private static final String INLINE = "chat_template";

    private TemplateFiles() {}

    /** Puts the chosen template in the place of those that were copied. */
    static void choose(Path folder, TemplateChoice choice) {
        if (choice instanceof TemplateChoice.Own) {
            return;
        }
        try {
            Files.deleteIfExists(folder.resolve(ChatTemplate.FILE));
            removeInline(folder.resolve(TokenizerConfig.FILE));
        } catch (IOException e) {
            throw FileFailure.writing(folder, e);
        }
        if (choice instanceof TemplateChoice.File file) {
            if (!ReadableFile.exists(file.path())) {
                throw new ModelException("the chat template " + file.path() + " does not exist; name a file");
            }
            FileCopy.content(file.path(), folder.resolve(ChatTemplate.FILE));
        }
    }

    private static void removeInline(Path file) throws IOException {
        if (ReadableFile.exists(file)) {
            ObjectNode config = JsonFile.read(file);
            if (config.remove(INLINE) != null) {
                JsonFile.MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), config);
            }
        }
    }
}
