package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.text.ChatTemplate;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Runs what may find fault with a folder in the making. That folder is gone when its user reads a message, so the message
 * names where its files came from.
 *
 * @param folder in the making
 * @param choice where its chat template is from
 */
record Attempt(Path folder, Path checkpoint, TemplateChoice choice) {
    void run(Runnable trial) {
        get(() -> {
            trial.run();
            return true;
        });
    }

    <T> T get(Supplier<T> trial) {
        try {
            return trial.get();
        } catch (ModelException | IllegalArgumentException | UncheckedIOException e) {
            Path template = choice instanceof TemplateChoice.File given
                    ? given.path()
                    : ChatTemplate.file(checkpoint).orElse(checkpoint.resolve(ChatTemplate.FILE));
            throw new ModelException(
                    String.valueOf(e.getMessage())
                            .replace(folder.resolve(ChatTemplate.FILE).toString(), template.toString())
                            .replace(folder.toString(), checkpoint.toString()),
                    e);
        }
    }
}
