package dev.dllm4j.train.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.model.HfFolder;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.model.Weights;
import dev.dllm4j.train.problem.Problems;
import dev.dllm4j.train.words.TokenizerFiles;
import dev.dllm4j.train.words.WordVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Trains a model from scratch into a folder, which holds a model in Hugging Face layout (the weights' average) and the
 * checkpoint of the run from the first checkpoint on.
 *
 * @param data file of problems; empty for problems without end from the generator
 * @param init folder with weights to start from; empty for random ones
 * @param resume whether to go on from the folder's checkpoint
 * @param checkpointSeconds between two checkpoints
 */
public record StarterRun(
        Path folder,
        StarterSizes sizes,
        Recipe recipe,
        Budget budget,
        Optional<Path> data,
        Optional<Path> init,
        boolean resume,
        double checkpointSeconds,
        int threads) {
    /** The model that will be trained. */
    public ModelSpec spec() {
        return sizes.spec(vocabulary().size());
    }

    /** Trains until the budget is used up, and gives how far that was. */
    public RunClock run(TrainProgress progress) throws IOException {
        requireOneStart();
        Files.createDirectories(folder);
        TokenizerFiles.write(vocabulary(), folder);
        ModelSpec spec = spec();
        try (NDManager manager = Torch.open(threads);
                Encoder encoder = new Encoder(folder, spec.context())) {
            Examples examples = data.isPresent() ? encoder.of(data.get()) : encoder.generated();
            Batches batches = new Batches(recipe, examples, encoder.drills(), spec.context());
            return train(manager, open(manager, spec), batches, progress);
        }
    }

    private RunClock train(NDManager manager, Checkpoint from, Batches batches, TrainProgress progress)
            throws IOException {
        Trainer trainer = new Trainer(manager, recipe, from.optimizer());
        RunClock clock = from.clock();
        double savedAt = clock.seconds();
        double share = budget.progress(clock.steps(), clock.seconds());
        while (share < 1) {
            long start = System.nanoTime();
            Batch batch = batches.at(clock.steps(), share);
            double loss = trainer.step(batch, clock.steps(), share);
            clock = clock.after(batch.samples(), (System.nanoTime() - start) / 1e9);
            share = budget.progress(clock.steps(), clock.seconds());
            if (share == 1 || clock.seconds() - savedAt >= checkpointSeconds) {
                save(new Checkpoint(from.optimizer(), clock));
                savedAt = clock.seconds();
            }
            progress.stepped(clock, share, loss);
        }
        return clock;
    }

    private void save(Checkpoint checkpoint) throws IOException {
        checkpoint.write(folder);
        HfFolder.write(folder, checkpoint.optimizer().average());
    }

    private Checkpoint open(NDManager manager, ModelSpec spec) throws IOException {
        if (resume) {
            return Checkpoint.read(manager, folder, spec);
        }
        if (init.isEmpty()) {
            return Checkpoint.start(manager, Weights.random(manager, spec, DataType.FLOAT32, recipe.seed()));
        }
        requireSameWords(init.get());
        TensorFile file = TensorFile.read(init.get().resolve(HfFolder.WEIGHTS));
        return Checkpoint.start(manager, Weights.read(manager, spec, file, ""));
    }

    private void requireOneStart() {
        boolean started = Files.exists(folder.resolve(Checkpoint.FILE));
        if (started && !resume) {
            throw new IllegalArgumentException(
                    folder + " holds the checkpoint of a run; add --resume to go on, or choose another folder");
        }
        if (!started && resume) {
            throw new IllegalArgumentException(folder + " holds no checkpoint; leave --resume out to start a run");
        }
        if (resume && init.isPresent()) {
            throw new IllegalArgumentException(
                    "init is " + init.get() + "; a resumed run has its weights, leave it out");
        }
    }

    /** Equal ids must mean equal words. */
    private void requireSameWords(Path other) throws IOException {
        byte[] theirs = Files.readAllBytes(other.resolve(TokenizerFiles.TOKENIZER));
        if (!Arrays.equals(theirs, Files.readAllBytes(folder.resolve(TokenizerFiles.TOKENIZER)))) {
            throw new ModelException(
                    other + " has another vocabulary than the problems; start from weights trained on this one");
        }
    }

    private static WordVocabulary vocabulary() {
        return WordVocabulary.of(new Problems().vocabulary());
    }
}
