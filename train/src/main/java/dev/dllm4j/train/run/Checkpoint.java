package dev.dllm4j.train.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.model.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything that a run needs to go on: what the optimizer holds, and how far the run is.
 *
 * @param settings what the run must have in common with one that goes on from here; empty where shapes tell
 */
public record Checkpoint(AdamW optimizer, RunClock clock, String settings) {
    static final String FILE = "training.safetensors";

    private static final String STEPS = "steps";
    private static final String SAMPLES = "samples";
    private static final String SECONDS = "seconds";
    private static final String SETTINGS = "settings";
    private static final String WEIGHTS = "weights/";
    private static final String MOMENTUM = "momentum/";
    private static final String VARIANCE = "variance/";
    private static final String AVERAGE = "average/";

    /**
     * A start from some weights.
     *
     * @param settings what the run must have in common with one that goes on from here; empty where shapes tell
     */
    public static Checkpoint start(NDManager manager, Tensors weights, String settings) {
        return new Checkpoint(AdamW.start(manager, weights), RunClock.START, settings);
    }

    /** The folder's checkpoint. */
    public static Checkpoint read(NDManager manager, Path folder, Map<String, Shape> shapes) throws IOException {
        Path path = folder.resolve(FILE);
        TensorFile file = TensorFile.read(path);
        return new Checkpoint(
                new AdamW(
                        Tensors.read(manager, shapes, file, WEIGHTS).trainable(),
                        Tensors.read(manager, shapes, file, MOMENTUM),
                        Tensors.read(manager, shapes, file, VARIANCE),
                        Tensors.read(manager, shapes, file, AVERAGE)),
                clock(path, file.metadata()),
                file.metadata().getOrDefault(SETTINGS, ""));
    }

    /** The settings of the folder's checkpoint alone; empty where it says none. */
    static String settings(Path folder) {
        return TensorFile.metadata(folder.resolve(FILE)).getOrDefault(SETTINGS, "");
    }

    /** Whether a run in a folder has left one, from which it can go on. */
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(FILE));
    }

    /** Refuses to start over a checkpoint, and to go on from none. */
    public static void requireOneStart(Path folder, boolean resume) {
        boolean started = isIn(folder);
        if (started && !resume) {
            throw new IllegalArgumentException(
                    folder + " holds the checkpoint of a run; add --resume to go on, or choose another folder");
        }
        if (!started && resume) {
            throw new IllegalArgumentException(folder + " holds no checkpoint; leave --resume out to start a run");
        }
    }

    /** The same optimizer, later. */
    Checkpoint at(RunClock later) {
        return new Checkpoint(optimizer, later, settings);
    }

    /** Replaces the folder's checkpoint; until the end of writing, the one before stays. */
    public void write(Path folder) throws IOException {
        Map<String, TensorFile.Tensor> tensors =
                new LinkedHashMap<>(optimizer.weights().numbers(WEIGHTS));
        tensors.putAll(optimizer.momentum().numbers(MOMENTUM));
        tensors.putAll(optimizer.variance().numbers(VARIANCE));
        tensors.putAll(optimizer.average().numbers(AVERAGE));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(STEPS, String.valueOf(clock.steps()));
        metadata.put(SAMPLES, String.valueOf(clock.samples()));
        metadata.put(SECONDS, String.valueOf(clock.seconds()));
        metadata.put(SETTINGS, settings);
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
