package dev.dllm4j.decoder.model;

import java.util.List;

/** A model that scores positions of canvases. Thread-safe: forwards of several threads run one after the other. */
public interface MaskPredictor extends AutoCloseable {
    ModelSpec spec();

    /** How its authors decode it. */
    default Recipe recipe() {
        return Recipe.of(spec().sight());
    }

    /**
     * One forward for the rows of several sequences. Each sequence gets, bit for bit, the predictions it would get
     * alone.
     *
     * @throws ModelException if the model's files or its native session fail
     */
    void predict(List<RowRequest> requests);

    @Override
    void close();
}
