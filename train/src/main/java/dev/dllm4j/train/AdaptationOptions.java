package dev.dllm4j.train;

import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.train.adapt.Adaptation;
import dev.dllm4j.train.adapt.AdaptationRun;
import dev.dllm4j.train.adapt.Course;
import dev.dllm4j.train.decode.ModelSource;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.run.Budget;
import dev.dllm4j.train.run.Encoder;
import dev.dllm4j.train.run.Examples;
import dev.dllm4j.train.run.Memory;
import dev.dllm4j.train.run.RunClock;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/** What every run on low-rank adapters is told. */
final class AdaptationOptions {
    private static final String DEFAULT = " Default ${DEFAULT-VALUE}.";

    @Option(
            names = "--model",
            paramLabel = "NAME|DIR",
            description = "Bundled model, or folder of a checkpoint in Hugging Face layout." + DEFAULT)
    private String model = "starter";

    @Option(
            names = "--ignore-config",
            paramLabel = "KEY",
            description = "Read config.json as if it had no such key. May be given several times.")
    private Set<String> ignored = Set.of();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Folder of the merged checkpoint, and of the run's own.")
    private Path out = Path.of("");

    @Option(names = "--minutes", paramLabel = "M", description = "Train for so long.")
    private double minutes;

    @Option(names = "--steps", paramLabel = "N", description = "Train for so many steps.")
    private long steps;

    @Option(names = "--resume", description = "Go on from the folder's checkpoint.")
    private boolean resume;

    @Option(names = "--data", paramLabel = "FILE", description = "JSON lines instead of generated problems.")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--checkpoint-minutes", paramLabel = "M", description = "Between checkpoints." + DEFAULT)
    private double checkpointMinutes = 5;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; one is repeatable." + DEFAULT)
    private int threads = 1;

    @Option(names = "--seed", paramLabel = "S", description = "The same seed gives the same run." + DEFAULT)
    private long seed;

    @Option(names = "--rank", paramLabel = "N", description = "Of an adapter." + DEFAULT)
    private int rank;

    @Option(names = "--alpha", paramLabel = "A", description = "An adapter counts alpha / rank." + DEFAULT)
    private double alpha;

    @Option(names = "--targets", paramLabel = "NAMES", description = "Matrices with an adapter." + DEFAULT)
    private String targets;

    @Option(names = "--rows", paramLabel = "N", description = "Positions of a batch, about." + DEFAULT)
    private int rows = 2048;

    @Option(names = "--learning-rate", paramLabel = "R", description = "Peak." + DEFAULT)
    private double learningRate;

    @Option(names = "--warmup", paramLabel = "N", description = "Steps until the peak." + DEFAULT)
    private int warmup = 50;

    @Option(names = "--weight-decay", paramLabel = "D", description = "Of the adapters." + DEFAULT)
    private double weightDecay = 0.01;

    @Option(names = "--clip", paramLabel = "N", description = "Largest norm of the gradients." + DEFAULT)
    private double clip = 1;

    /** Options with a command's own defaults. */
    AdaptationOptions(int rank, double alpha, double learningRate, String targets) {
        this.rank = rank;
        this.alpha = alpha;
        this.learningRate = learningRate;
        this.targets = targets;
    }

    ModelSource source() {
        return ModelSource.of(model, ignored);
    }

    /** The merged checkpoint, whose config.json is the model's but for a few keys. */
    HfCheckpoint merged() {
        return HfCheckpoint.open(out, ignored);
    }

    Path out() {
        return out;
    }

    Optional<Path> data() {
        return data;
    }

    boolean resume() {
        return resume;
    }

    int threads() {
        return threads;
    }

    long seed() {
        return seed;
    }

    int rows() {
        return rows;
    }

    /** The problems of the file, or generated ones. */
    Examples examples(Encoder encoder) {
        return data.isPresent() ? encoder.of(data.get()) : encoder.generated();
    }

    /**
     * The run, with everything refused that can be told before it starts.
     *
     * @param pads of the merged checkpoint's padding cycle; empty where that stays
     * @param err gets the memory estimate
     */
    AdaptationRun run(HfCheckpoint base, List<Integer> pads, PrintStream err) {
        Adaptation adaptation = adaptation();
        AdaptationRun run = new AdaptationRun(
                base, out, adaptation, pads, new Budget(steps, minutes), resume, 60 * checkpointMinutes);
        Memory memory = run.memory();
        err.println(base.spec());
        err.println(memory);
        memory.requireFree();
        return run;
    }

    /** Trains, with a progress line. */
    RunClock train(AdaptationRun run, Course course, PrintStream err) throws IOException {
        try (NDManager manager = Torch.open(threads);
                ProgressLine progress = new ProgressLine(err, out)) {
            return run.run(manager, course, progress);
        }
    }

    private Adaptation adaptation() {
        List<String> names = Arrays.stream(targets.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
        return new Adaptation(seed, rows, learningRate, warmup, weightDecay, clip, rank, alpha, names);
    }
}
