package dev.dllm4j.decoder.onnx;

import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.convert.ModelMemory;
import dev.dllm4j.decoder.convert.WeightTypes;
import dev.dllm4j.decoder.model.ModelException;
import java.util.Locale;
import java.util.OptionalLong;

/** Refuses a model that does not fit into the memory there is, before any of it is loaded. */
final class MemoryFit {
    private static final long MEGABYTE = 1_000_000;

    private MemoryFit() {}

    /**
     * For a model that stays open.
     *
     * @param available bytes that the process can still get; empty where that is not known, and nothing is refused
     */
    static void require(ModelFolder folder, RuntimeOptions runtime, OptionalLong available) {
        if (!runtime.force() && !runtime.device().cuda()) {
            require(
                    String.format(Locale.ROOT, "%s (%s weights)", folder.path(), folder.weights()),
                    folder.memory().openingBytes(),
                    available,
                    smaller(folder.weights()) + ", close other programs, or open it all the same with --force");
        }
    }

    /** For a model of which one graph at a time is loaded. */
    static void requireInPassing(String model, ModelMemory memory, OptionalLong available) {
        require(model, memory.passingBytes(), available, "close other programs, or use a machine with more memory");
    }

    private static void require(String model, long needed, OptionalLong available, String remedy) {
        if (available.isPresent() && needed > available.getAsLong()) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "%s needs %d MB of memory, and %d MB can be had; %s",
                    model,
                    needed / MEGABYTE,
                    available.getAsLong() / MEGABYTE,
                    remedy));
        }
    }

    private static String smaller(WeightTypes weights) {
        return switch (weights.type()) {
            case F32, F16, BF16 -> "convert it with --weights int8 or int4";
            case INT8 -> "convert its checkpoint with --weights int4";
            case INT4, MIXED -> "choose a smaller model";
        };
    }
}
