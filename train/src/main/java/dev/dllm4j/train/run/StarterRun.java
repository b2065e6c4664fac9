package dev.dllm4j.train.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.train.file.TensorFile;
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
 * @param sight what the model's rows see; empty for that of the checkpoint that the run goes on from, where it does, and
 *     else for everything
 * @param data file of problems; empty for problems without end from the generator
 * @param init folder with weights to start from; empty for random ones
 * @param resume whether to go on from the folder's checkpoint
 * @param checkpointSeconds between two checkpoints
 */
public record StarterRun(
        Path folder,
        StarterSizes sizes,
        Recipe recipe,
        Optional<Sight> sight,
        Budget budget,
        Optional<Path> data,
        Optional<Path> init,
        boolean resume,
        double checkpointSeconds,
        int threads) {
    public StarterRun {
        sight.ifPresent(StarterSettings::requireTrainable);
    }

    /** The model that will be trained. */
    public ModelSpec spec() {
        StarterSettings settings = settings();
        return sizes.with(settings.experts()).spec(vocabulary().size(), settings.sight());
    }

    /** What the run needs. */
    public Memory memory() {
        return Memory.of(spec(), recipe.rows());
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
            Batches batches = new Batches(recipe, spec.sight(), examples, encoder.drills(), spec.context());
            Llada model = new Llada(new Weights(spec, from.optimizer().weights()));
            return train(manager, from, model, batches, progress);
        }
    }

    private RunClock train(NDManager manager, Checkpoint from, Llada model, Batches batches, TrainProgress progress)
            throws IOException {
        Trainer trainer = new Trainer(manager, recipe, from.optimizer());
        return new TrainingLoop(budget, checkpointSeconds, checkpoint -> save(checkpoint, model.spec()), progress)
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
            BalanceLoss balance = new BalanceLoss(batch.chosen());
            NDArray logits = Trainer.logits(model, batch, balance, step);
            return balance.addTo(Trainer.loss(logits, batch, step));
        }
    }

    private void save(Checkpoint checkpoint, ModelSpec spec) throws IOException {
        checkpoint.write(folder);
        HfFolder.write(folder, new Weights(spec, checkpoint.optimizer().average()));
    }

    /** What is asked for, and else what the checkpoint has that the run goes on from. */
    private StarterSettings settings() {
        StarterSettings before = resume && Checkpoint.isIn(folder)
                ? StarterSettings.read(Checkpoint.settings(folder))
                : StarterSettings.DEFAULT;
        return new StarterSettings(sight.orElse(before.sight()), sizes.experts().or(before::experts));
    }

    private Checkpoint open(NDManager manager, ModelSpec spec) throws IOException {
        StarterSettings settings = settings();
        if (resume) {
            requireSame(settings.write(), Checkpoint.settings(folder));
            return Checkpoint.read(manager, folder, TensorShapes.of(spec));
        }
        if (init.isEmpty()) {
            return Checkpoint.start(
                    manager,
                    Weights.random(manager, spec, DataType.FLOAT32, recipe.seed())
                            .tensors(),
                    settings.write());
        }
        requireSameWords(init.get());
        TensorFile file = TensorFile.read(init.get().resolve(HfFolder.WEIGHTS));
        requireSameKind(file, spec);
        return Checkpoint.start(manager, Tensors.read(manager, TensorShapes.of(spec), file, ""), settings.write());
    }

    private void requireOneStart() {
        Checkpoint.requireOneStart(folder, resume);
        if (resume && init.isPresent()) {
            throw new IllegalArgumentException(
                    "init is " + init.get() + "; a resumed run has its weights, leave it out");
        }
    }

    private void requireSame(String now, String words) {
        String before = StarterSettings.read(words).write();
        if (!now.equals(before)) {
            throw new IllegalArgumentException("the run in " + folder + " has " + before + ", not " + now
                    + "; leave the options out to go on, or choose another folder");
        }
    }

    /** Weights of one feed-forward part are none of experts, and the other way round. */
    private void requireSameKind(TensorFile file, ModelSpec spec) {
        boolean start = file.tensors().keySet().stream().anyMatch(TensorShapes::isExperts);
        if (start != spec.feedForward() instanceof FeedForward.Experts) {
            throw new IllegalArgumentException("the model of --init has "
                    + (start ? "experts" : "no experts") + "; the model asked for has "
                    + (start ? "none, give --experts" : "them, leave --init or --experts out"));
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
