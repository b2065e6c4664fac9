package dev.dllm4j.decoder.onnx;

/**
 * How a model runs.
 *
 * @param threads of ONNX Runtime's one pool, which all models of a process share: the first model opened decides; 0
 *     means one a core
 */
public record RuntimeOptions(Device device, int threads) {
    public static final RuntimeOptions DEFAULT = new RuntimeOptions(Device.CPU, 0);

    public RuntimeOptions {
        if (threads < 0 || threads > 1024) {
            throw new IllegalArgumentException(
                    "threads is " + threads + "; it must be within [0, 1024], 0 for all cores");
        }
    }
}
