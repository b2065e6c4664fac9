package dev.dllm4j.decoder.convert;

import java.nio.file.Path;

/** Which chat template a model folder gets. */
public sealed interface TemplateChoice {
    /** The checkpoint's, if it has one. */
    record Own() implements TemplateChoice {}

    /** None: prompts are taken as they are. */
    record None() implements TemplateChoice {}

    /**
     * One in place of the checkpoint's.
     *
     * @param path of a text in UTF-8
     */
    record File(Path path) implements TemplateChoice {}

    /** A choice as a command line has it: a file's path, or {@code none}. */
    static TemplateChoice of(String text) {
        return text.equals("none") ? new None() : new File(Path.of(text));
    }
}
