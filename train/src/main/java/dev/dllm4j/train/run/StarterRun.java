package dev.dllm4j.train.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.model.Attention;
import dev.dllm4j.train.model.Attention.BlockCausal;
import dev.dllm4j.train.model.Attention.Everything;
import dev.dllm4j.train.model.HfFolder;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.TensorShapes;
import dev.dllm4j.train.model.Tensors;
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
 * Trains a starter's model into a folder, which holds a model in Hugging Face layout (the weights' average) and the
 * checkpoint of the run from the first checkpoint on.
 *
 * @param attention of the model; empty for that of the checkpoint that the run goes on from, where it does, and else for
 *     rows that see everything
 * @param data file of problems; empty for problems without end from the generator
 * @param init folder with weights to start from; empty for random ones
 * @param resume whether to go on from the folder's checkpoint
 * @param checkpointSeconds between two checkpoints
 */
public record StarterRun(
        Path folder,
        StarterSizes sizes,
        Recipe recipe,
        Optional<Attention> attention,
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

    /** What the run needs. */
    public Memory memory() {
        int copies = attention.orElse(new Everything()) instanceof BlockCausal ? 2 : 1;
        return Memory.of(spec(), recipe.rows(), copies);
    }

    /** Trains until the budget is used up, and gives how far that was. */
    public RunClock run(TrainProgress progress) throws IOException {
        requireOneStart();
        Files.createDirectories(folder);
        TokenizerFiles.write(vocabulary(), folder);
        ModelSpec spec = spec();
        try (NDManager manager = Torch.open(threads);
                Encoder encoder = new Encoder(folder, WordVocabulary.END, spec.context())) {
            Examples examples = data.isPresent() ? encoder.of(data.get()) : encoder.generated();
            Checkpoint from = open(manager, spec);
            Batches batches =
                    new Batches(recipe, Attention.of(from.settings()), examples, encoder.drills(), spec.context());
            return train(manager, from, batches, progress);
        }
    }

    private RunClock train(NDManager manager, Checkpoint from, Batches batches, TrainProgress progress)
            throws IOException {
        Llada model = new Llada(new Weights(spec(), from.optimizer().weights()));
        Trainer trainer = new Trainer(manager, recipe, from.optimizer());
        return new TrainingLoop(budget, checkpointSeconds, this::save, progress)
                .run(trainer, from, (step, share) -> new Exercise(model, batches.at(step, share)));
    }

    /** A batch for a model to learn. */
    private record Exercise(Llada model, Batch batch) implements Lesson {
        @Override
        public int samples() {
            return batch.samples();
        }

        @Override
        public NDArray loss(NDManager step) {
            return Trainer.loss(model, batch, step);
        }
    }

    private void save(Checkpoint checkpoint) throws IOException {
        checkpoint.write(folder);
        Weights average = new Weights(spec(), checkpoint.optimizer().average());
        HfFolder.write(folder, average, Attention.of(checkpoint.settings()));
    }

    private Checkpoint open(NDManager manager, ModelSpec spec) throws IOException {
        if (resume) {
            Checkpoint checkpoint = Checkpoint.read(manager, folder, TensorShapes.of(spec));
            requireSameAttention(Attention.of(checkpoint.settings()));
            return checkpoint;
        }
        String settings = attention.orElse(new Everything()).toString();
        if (init.isEmpty()) {
            return Checkpoint.start(
                    manager,
                    Weights.random(manager, spec, DataType.FLOAT32, recipe.seed())
                            .tensors(),
                    settings);
        }
        requireSameWords(init.get());
        TensorFile file = TensorFile.read(init.get().resolve(HfFolder.WEIGHTS));
        return Checkpoint.start(manager, Tensors.read(manager, TensorShapes.of(spec), file, ""), settings);
    }

    private void requireOneStart() {
        Checkpoint.requireOneStart(folder, resume);
        if (resume && init.isPresent()) {
            throw new IllegalArgumentException(
                    "init is " + init.get() + "; a resumed run has its weights, leave it out");
        }
    }

    private void requireSameAttention(Attention before) {
        if (attention.isPresent() && !attention.get().equals(before)) {
            throw new IllegalArgumentException("the run in " + folder + " has " + before + ", not " + attention.get()
                    + "; leave the options out to go on, or choose another folder");
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
