package dev.dllm4j.server.api;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import java.time.Instant;

/**
 * A model as clients see it.
 *
 * @param id what requests name it by
 * @param runtime what it runs on, for the settings that answers echo
 * @param created when it was opened
 */
public record ServedModel(String id, Decoder decoder, RuntimeOptions runtime, Instant created) {
    public ServedModel {
        if (id.isBlank()) {
            throw new IllegalArgumentException("the model's id is blank; clients need a name for it");
        }
    }
}
