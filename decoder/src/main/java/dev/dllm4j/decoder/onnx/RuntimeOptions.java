package dev.dllm4j.decoder.onnx;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.cache.RowType;

/**
 * How a model runs.
 *
 * @param threads of ONNX Runtime's one pool, which all models of a process share: the first model opened decides; 0
 *     means one a core
 * @param scratchBytes that attention scores may take at once, and as many the inner activations of a layer; a forward
 *     that needs more computes its rows a stretch at a time, to the same bits, at least four at once
 * @param rowType as what the rows are kept that sequences keep between forwards
 * @param force whether a model is opened on the CPU even where the memory there is seems too small for it
 */
public record RuntimeOptions(Device device, int threads, long scratchBytes, RowType rowType, boolean force) {
    /** Where nothing is said: 48 MiB. */
    public static final long DEFAULT_SCRATCH = 48L << 20;

    public static final RuntimeOptions DEFAULT = new RuntimeOptions(Device.CPU, 0);

    private static final long LEAST_SCRATCH = 1L << 20;

    /** With scratch memory where nothing is said. */
    public RuntimeOptions(Device device, int threads) {
        this(device, threads, DEFAULT_SCRATCH);
    }

    /** With rows kept as they are computed. */
    public RuntimeOptions(Device device, int threads, long scratchBytes) {
        this(device, threads, scratchBytes, RowType.F32);
    }

    /** Without force. */
    public RuntimeOptions(Device device, int threads, long scratchBytes, RowType rowType) {
        this(device, threads, scratchBytes, rowType, false);
    }

    public RuntimeOptions {
        if (threads < 0 || threads > 1024) {
            throw new IllegalArgumentException(
                    "threads is " + threads + "; it must be within [0, 1024], 0 for all cores");
        }
        if (scratchBytes < LEAST_SCRATCH) {
            throw new IllegalArgumentException("scratch memory is " + scratchBytes + " bytes; it must be at least "
                    + LEAST_SCRATCH + ", e.g. 64m");
        }
        requireNonNull(rowType, "row type is null; give one, e.g. RowType.F32");
        if (device.cuda() && rowType != RowType.F32) {
            throw new IllegalArgumentException("cache type is " + rowType + " and device is " + device
                    + "; only on the CPU are rows kept so, so use --cache-type f32 or --device cpu");
        }
    }

    /** The same, with a model opened even where memory seems too small for it. */
    public RuntimeOptions forced() {
        return new RuntimeOptions(device, threads, scratchBytes, rowType, true);
    }
}
