package dev.dllm4j.decoder.convert;

import java.nio.file.Path;

/**
 * Tries a model in the making, in the folder that later gets its name. What throws ends the conversion, and nothing of it
 * stays.
 */
public interface Trial {
    /** Tries nothing. */
    Trial NONE = new Trial() {
        @Override
        public void memory(Path checkpoint, ModelMemory memory) {}

        @Override
        public void text(Path folder) {}

        @Override
        public void model(Path folder) {}
    };

    /**
     * Before anything is written: whether the model in the making can be tried with the memory there is.
     *
     * @param checkpoint that is converted
     */
    void memory(Path checkpoint, ModelMemory memory);

    /**
     * Before the weights are written: tries tokenizer and chat template.
     *
     * @param folder with the tokenizer's files alone
     */
    void text(Path folder);

    /**
     * Tries the model.
     *
     * @param folder complete
     */
    void model(Path folder);
}
