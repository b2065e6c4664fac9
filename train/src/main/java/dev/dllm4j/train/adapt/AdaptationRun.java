package dev.dllm4j.train.adapt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.Lora;
import dev.dllm4j.train.model.Tensors;
import dev.dllm4j.train.model.Weights;
import dev.dllm4j.train.run.Budget;
import dev.dllm4j.train.run.Canvases;
import dev.dllm4j.train.run.Checkpoint;
import dev.dllm4j.train.run.Memory;
import dev.dllm4j.train.run.RunClock;
import dev.dllm4j.train.run.TrainProgress;
import dev.dllm4j.train.run.Trainer;
import dev.dllm4j.train.run.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Trains adapters beside the frozen weights of a checkpoint into a folder, which holds the merged checkpoint (of the
 * adapters' average) and the run's own from the first checkpoint on.
 *
 * @param pads ids that the model pads with, as its config.json is to say; empty where it stays as it is
 * @param checkpointSeconds between two checkpoints
 */
public record AdaptationRun(
        HfCheckpoint base,
        Path folder,
        Adaptation adaptation,
        List<Integer> pads,
        Budget budget,
        boolean resume,
        double checkpointSeconds) {
    /** Positions of the longest sample: a canvas and its prompt, about. */
    private static final int LONGEST = Canvases.LONGEST + 128;

    public AdaptationRun {
        pads = List.copyOf(pads);
        MergedFolder.requireAdaptable(base);
        Checkpoint.requireOneStart(folder, resume);
        if (!resume && Files.exists(folder.resolve(MergedFolder.CONFIG))) {
            throw new IllegalArgumentException("out is " + folder + ", which holds a model; name a new folder");
        }
    }

    /** What the run needs. */
    public Memory memory() {
        long adapters = shapes().values().stream().mapToLong(Shape::size).sum();
        return Memory.adapting(
                base.spec(), adaptation.rows(), Math.min(LONGEST, base.spec().context()), adapters);
    }

    /** Trains until the budget is used up, and gives how far that was. */
    public RunClock run(NDManager manager, Course course, TrainProgress progress) throws IOException {
        Files.createDirectories(folder);
        Weights frozen = Weights.read(manager, base);
        if (!base.tied()) {
            PadRows.tellApart(frozen, pads, adaptation.seed());
        }
        Checkpoint from = open(manager, course.identity() + ", " + adaptation.identity() + ", on " + digest(frozen));
        Llada model =
                new Llada(frozen, new Lora(adaptation.scale(), from.optimizer().weights()));
        TrainingLoop loop =
                new TrainingLoop(budget, checkpointSeconds, checkpoint -> save(checkpoint, frozen, manager), progress);
        return loop.run(
                new Trainer(manager, adaptation, from.optimizer()),
                from,
                (step, share) -> course.at(model, step, share));
    }

    private Checkpoint open(NDManager manager, String settings) throws IOException {
        if (!resume) {
            Tensors start = Lora.start(manager, shapes(), adaptation.seed());
            return Checkpoint.start(manager, start, settings);
        }
        Checkpoint checkpoint = Checkpoint.read(manager, folder, shapes());
        if (!checkpoint.settings().equals(settings)) {
            throw new IllegalArgumentException("the run in " + folder + " is \"" + checkpoint.settings()
                    + "\"; it goes on with the same settings only, not with \"" + settings + "\"");
        }
        return checkpoint;
    }

    private void save(Checkpoint checkpoint, Weights frozen, NDManager manager) throws IOException {
        checkpoint.write(folder);
        try (NDManager merging = manager.newSubManager()) {
            Lora average = new Lora(adaptation.scale(), checkpoint.optimizer().average());
            MergedFolder.write(base, average.merged(frozen, merging), pads, folder);
        }
    }

    private Map<String, Shape> shapes() {
        return Lora.shapes(base.spec(), adaptation.rank(), adaptation.targets());
    }

    /** Eight hexadecimal digits that change with the weights. */
    private static String digest(Weights weights) {
        CRC32 checksum = new CRC32();
        for (NDArray array : weights.tensors().arrays().values()) {
            checksum.update(array.toByteBuffer());
        }
        return String.format(Locale.ROOT, "%08x", checksum.getValue());
    }
}
