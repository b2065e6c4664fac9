package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import java.nio.file.Path;

/** Compares a model in the making with the one it is made from. What throws ends the conversion, and nothing of it stays. */
public interface LossCheck {
    /**
     * Prepares the comparison before the weights are written.
     *
     * @param folder with the tokenizer's files alone
     * @throws ModelException where model and questions do not go together
     */
    Measurement prepare(Path folder, ModelSpec spec, Recipe recipe);

    /** Hears how far the reference is, where it has to be written. */
    ConvertProgress progress();

    /** A comparison that is ready. */
    @FunctionalInterface
    interface Measurement {
        /**
         * Compares two model folders that are complete.
         *
         * @param reference with the numbers of the checkpoint
         * @param converted with those that were made of them
         * @throws ModelException where a forward fails, or the thread is interrupted, which it stays
         */
        WeightLoss measure(Path reference, Path converted);
    }
}
