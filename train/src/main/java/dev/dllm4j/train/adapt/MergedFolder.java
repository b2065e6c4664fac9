package dev.dllm4j.train.adapt;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.file.WholeFile;
import dev.dllm4j.train.model.HfFolder;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.TensorShapes;
import dev.dllm4j.train.model.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint made from another: its config.json and tokenizer, with other weights, float32. */
final class MergedFolder {
    static final String CONFIG = "config.json";

    private static final int MOST_CONFIG_BYTES = 32 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private MergedFolder() {}

    /** Refuses what this module's forward does not compute. */
    static void requireAdaptable(HfCheckpoint base) {
        if (!base.spec().family().equals(Llada.FAMILY)) {
            throw new ModelException(base.folder() + " is a checkpoint of another family, "
                    + base.spec().family() + "; adapters are trained on " + Llada.FAMILY
                    + " only, choose such a checkpoint");
        }
        if (!(base.spec().sight() instanceof Everything)) {
            throw new ModelException("the model's rows see " + base.spec().sight()
                    + "; adapters are trained on rows that see everything, so choose such a checkpoint, or train this one"
                    + " on with ./dllm4j train starter --init MODEL --attention block-causal");
        }
    }

    /**
     * Writes or replaces the checkpoint; each file is there whole or not at all.
     *
     * @param pads ids of the padding cycle; empty to leave what the base says
     */
    static void write(HfCheckpoint base, Weights weights, List<Integer> pads, Path folder) throws IOException {
        if (!Files.exists(folder.resolve(CONFIG))) {
            base.copyTokenizer(folder);
        }
        ObjectNode config =
                (ObjectNode) JSON.readTree(ReadableFile.bytes(base.folder().resolve(CONFIG), MOST_CONFIG_BYTES));
        config.put("torch_dtype", "float32");
        if (!pads.isEmpty()) {
            pads.forEach(config.putArray("pad_token_ids")::add);
        }
        byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
        WholeFile.write(folder.resolve(CONFIG), channel -> WholeFile.writeFully(channel, ByteBuffer.wrap(bytes)));
        Map<String, TensorFile.Tensor> numbers =
                new LinkedHashMap<>(weights.tensors().numbers(""));
        if (base.tied()) {
            numbers.remove(TensorShapes.head(base.spec()));
        }
        new TensorFile(Map.of("format", "pt"), numbers).write(folder.resolve(HfFolder.WEIGHTS));
    }
}
