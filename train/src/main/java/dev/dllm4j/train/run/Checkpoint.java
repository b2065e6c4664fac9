package dev.dllm4j.train.run;

import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.model.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Everything that a run needs to go on: what the optimizer holds, and how far the run is. */
record Checkpoint(AdamW optimizer, RunClock clock) {
    static final String FILE = "training.safetensors";

    private static final String STEPS = "steps";
    private static final String SAMPLES = "samples";
    private static final String SECONDS = "seconds";
    private static final String WEIGHTS = "weights/";
    private static final String MOMENTUM = "momentum/";
    private static final String VARIANCE = "variance/";
    private static final String AVERAGE = "average/";

    /** A start from some weights. */
    static Checkpoint start(NDManager manager, Weights weights) {
        ModelSpec spec = weights.spec();
        return new Checkpoint(
                new AdamW(
                        weights.trainable(),
                        Weights.zeros(manager, spec),
                        Weights.zeros(manager, spec),
                        weights.copy(manager)),
                RunClock.START);
    }

    static Checkpoint read(NDManager manager, Path folder, ModelSpec spec) throws IOException {
        Path path = folder.resolve(FILE);
        TensorFile file = TensorFile.read(path);
        return new Checkpoint(
                new AdamW(
                        Weights.read(manager, spec, file, WEIGHTS).trainable(),
                        Weights.read(manager, spec, file, MOMENTUM),
                        Weights.read(manager, spec, file, VARIANCE),
                        Weights.read(manager, spec, file, AVERAGE)),
                clock(path, file.metadata()));
    }

    /** Replaces the folder's checkpoint; until the end of writing, the one before stays. */
    void write(Path folder) throws IOException {
        Map<String, TensorFile.Tensor> tensors =
                new LinkedHashMap<>(optimizer.weights().tensors(WEIGHTS));
        tensors.putAll(optimizer.momentum().tensors(MOMENTUM));
        tensors.putAll(optimizer.variance().tensors(VARIANCE));
        tensors.putAll(optimizer.average().tensors(AVERAGE));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(STEPS, String.valueOf(clock.steps()));
        metadata.put(SAMPLES, String.valueOf(clock.samples()));
        metadata.put(SECONDS, String.valueOf(clock.seconds()));
        new TensorFile(metadata, tensors).write(folder.resolve(FILE));
    }

    private static RunClock clock(Path path, Map<String, String> metadata) {
        try {
            return new RunClock(
                    Long.parseLong(metadata.getOrDefault(STEPS, "")),
                    Long.parseLong(metadata.getOrDefault(SAMPLES, "")),
                    Double.parseDouble(metadata.getOrDefault(SECONDS, "")));
        } catch (NumberFormatException e) {
            throw new ModelException(
                    path + " is no checkpoint of a run: it does not say how far that was; start a new run", e);
        }
    }
}
