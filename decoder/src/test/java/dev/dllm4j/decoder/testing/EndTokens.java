package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.RowRequest;
import java.util.List;
import java.util.Set;

/** Another model, whose texts end with other tokens. */
public record EndTokens(MaskPredictor model, Set<Integer> tokens) implements MaskPredictor {
    @Override
    public ModelSpec spec() {
        ModelSpec spec = model.spec();
        return new ModelSpec(
                spec.family(),
                spec.vocabulary(),
                spec.hidden(),
                spec.layers(),
                spec.heads(),
                spec.kvHeads(),
                spec.headWidth(),
                spec.feedForward(),
                spec.context(),
                spec.rotary(),
                spec.norm(),
                spec.clip(),
                spec.sight(),
                spec.readout(),
                spec.maskToken(),
                tokens,
                spec.padTokens());
    }

    @Override
    public Recipe recipe() {
        return model.recipe();
    }

    @Override
    public void predict(List<RowRequest> requests) {
        model.predict(requests);
    }

    @Override
    public void close() {
        model.close();
    }
}
