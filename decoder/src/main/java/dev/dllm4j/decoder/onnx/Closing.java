package dev.dllm4j.decoder.onnx;

import java.util.List;

/** Closes everything that was opened, last first, whatever fails on the way. */
final class Closing {
    private Closing() {}

    static void all(List<? extends AutoCloseable> resources) {
        RuntimeException failure = null;
        for (int i = resources.size() - 1; i >= 0; i--) {
            try {
                resources.get(i).close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("closing failed", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
