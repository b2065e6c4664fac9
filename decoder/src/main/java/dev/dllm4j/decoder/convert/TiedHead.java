package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import java.nio.ByteBuffer;

/**
 * A head tensor in a checkpoint whose config ties the head to the embedding. Some savers write shared weights twice, so
 * a copy is dropped; different weights mean that config or tensor is wrong, and guessing would decode nonsense.
 */
final class TiedHead {
    private TiedHead() {}

    static void requireCopy(SourceTensor head, SourceTensor embedding) {
        boolean same = head.file().equals(embedding.file()) && head.position() == embedding.position();
        if (!same && (head.type() != embedding.type() || !sameBytes(head, embedding))) {
            throw new ModelException(("%s: tensor %s differs from %s, yet config.json ties the head to the embedding;"
                            + " untie them there or remove the tensor")
                    .formatted(head.file(), head.name(), embedding.name()));
        }
    }

    private static boolean sameBytes(SourceTensor head, SourceTensor embedding) {
        ByteBuffer left = Transcoder.chunk();
        ByteBuffer right = Transcoder.chunk();
        try (TensorReader heads = new TensorReader(head);
                TensorReader embeddings = new TensorReader(embedding)) {
            while (heads.next(left) && embeddings.next(right)) {
                if (!left.equals(right)) {
                    return false;
                }
            }
            return true;
        }
    }
}
