package dev.dllm4j.decoder;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Tokenizer;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** From a model folder to a decoder; whatever of the folder is at fault is refused as a {@link ModelException}. */
final class ModelOpening {
    private ModelOpening() {}

    static Decoder open(Path modelFolder, RuntimeOptions options, LayerCache cache) {
        OnnxModel model = OnnxModel.open(modelFolder, options);
        try {
            return open(modelFolder, model, cache);
        } catch (RuntimeException e) {
            model.close();
            throw e instanceof IllegalArgumentException || e instanceof UncheckedIOException
                    ? new ModelException(String.valueOf(e.getMessage()), e)
                    : e;
        }
    }

    private static Decoder open(Path modelFolder, OnnxModel model, LayerCache cache) {
        requireRecipe(model);
        Tokenizer tokenizer = HfTokenizer.read(modelFolder);
        try {
            ModelOrigin origin = new ModelOrigin(model.folder().hash(), modelFolder);
            return new Decoder(model, tokenizer, ChatTemplate.read(modelFolder), origin, cache);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static void requireRecipe(OnnxModel model) {
        try {
            DecodingConfig.of(model.recipe(), model.spec());
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    model.folder().manifest() + ": recipe: " + e.getMessage() + "; convert the checkpoint again", e);
        }
    }
}
