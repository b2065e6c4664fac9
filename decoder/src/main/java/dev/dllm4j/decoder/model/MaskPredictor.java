package dev.dllm4j.decoder.model;

import dev.dllm4j.cache.RowType;
import java.util.List;

/** A model that scores positions of canvases. Thread-safe: forwards of several threads run one after the other. */
public interface MaskPredictor extends AutoCloseable {
    ModelSpec spec();

    /** How its authors decode it. */
    default Recipe recipe() {
        return Recipe.of(spec().sight());
    }

    /** As what its sequences keep rows between forwards. */
    default RowType rowType() {
        return RowType.F32;
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
