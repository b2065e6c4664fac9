package dev.dllm4j.decoder;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.List;

/** One of two models that answer the same prompts step by step. */
record CheckedModel(MaskPredictor model, DecodingConfig config, LayerCache cache) {
    static CheckedModel of(OnnxModel model, DecodingConfig config) {
        ModelOrigin origin =
                new ModelOrigin(model.folder().hash(), model.folder().path());
        return new CheckedModel(
                model, config.withStrategy(config.strategy().of(origin)), new LayerCache(LayerCache.DEFAULT_BUDGET));
    }

    List<Decoding> start(List<int[]> prompts) {
        return prompts.stream()
                .map(prompt -> new Decoding(model, prompt, Draft.masks(config.genLength()), config, cache))
                .toList();
    }

    /** One forward for all that are to step, and for requests besides. */
    void predict(List<RowRequest> requests, List<RowRequest> besides) {
        List<RowRequest> all = new ArrayList<>(requests);
        all.addAll(besides);
        if (!all.isEmpty()) {
            model.predict(all);
        }
    }
}
