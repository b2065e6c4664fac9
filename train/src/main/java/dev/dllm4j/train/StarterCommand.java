package dev.dllm4j.train;

import dev.dllm4j.train.decode.ModelSource;
import dev.dllm4j.train.problem.Ranges;
import dev.dllm4j.train.run.Budget;
import dev.dllm4j.train.run.Memory;
import dev.dllm4j.train.run.Recipe;
import dev.dllm4j.train.run.RunClock;
import dev.dllm4j.train.run.StarterRun;
import dev.dllm4j.train.run.StarterSizes;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model from scratch, or from the weights of one of the same sizes. */
@Command(
        name = "starter",
        description = "Train a small LLaDA-architecture model on word problems, from scratch.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class StarterCommand implements Callable<Integer> {
    private static final String DEFAULT = " Default ${DEFAULT-VALUE}.";

    private final PrintStream outStream;
    private final PrintStream err;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder of the model and checkpoint.")
    private Path out = Path.of("");

    @Option(names = "--minutes", paramLabel = "M", description = "Train for so long.")
    private double minutes;

    @Option(names = "--steps", paramLabel = "N", description = "Train for so many steps.")
    private long steps;

    @Option(names = "--resume", description = "Go on from the folder's checkpoint.")
    private boolean resume;

    @Option(
            names = "--init",
            paramLabel = "NAME|DIR",
            description = "Start from the weights of a bundled model, or of one trained here.")
    private Optional<String> init = Optional.empty();

    @Mixin
    private final AttentionOptions attention = new AttentionOptions();

    @Option(names = "--data", paramLabel = "FILE", description = "JSON lines instead of generated problems.")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--checkpoint-minutes", paramLabel = "M", description = "Between checkpoints." + DEFAULT)
    private double checkpointMinutes = 5;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; one is repeatable." + DEFAULT)
    private int threads = 1;

    @Option(names = "--seed", paramLabel = "S", description = "The same seed gives the same run." + DEFAULT)
    private long seed;

    @Option(names = "--width", paramLabel = "N", description = "Of a hidden row." + DEFAULT)
    private int width = StarterSizes.DEFAULT.width();

    @Option(names = "--layers", paramLabel = "N", description = "Transformer blocks." + DEFAULT)
    private int layers = StarterSizes.DEFAULT.layers();

    @Option(names = "--heads", paramLabel = "N", description = "Attention heads." + DEFAULT)
    private int heads = StarterSizes.DEFAULT.heads();

    @Option(names = "--feed-forward", paramLabel = "N", description = "Inner width." + DEFAULT)
    private int feedForward = StarterSizes.DEFAULT.feedForward();

    @Mixin
    private final ExpertOptions experts = new ExpertOptions();

    @Option(names = "--rows", paramLabel = "N", description = "Positions of a batch." + DEFAULT)
    private int rows = Recipe.starter().rows();

    @Option(names = "--learning-rate", paramLabel = "R", description = "Peak." + DEFAULT)
    private double learningRate = Recipe.starter().learningRate();

    @Option(names = "--warmup", paramLabel = "N", description = "Steps until the peak." + DEFAULT)
    private int warmup = Recipe.starter().warmup();

    @Option(names = "--weight-decay", paramLabel = "D", description = "Of matrices." + DEFAULT)
    private double weightDecay = Recipe.starter().weightDecay();

    @Option(names = "--clip", paramLabel = "N", description = "Largest norm of the gradients." + DEFAULT)
    private double clip = Recipe.starter().clip();

    @Option(names = "--average", paramLabel = "D", description = "Decay of the weights' average." + DEFAULT)
    private double average = Recipe.starter().averageDecay();

    @Option(names = "--ordered-share", paramLabel = "S", description = "Of the run on ordered answers." + DEFAULT)
    private double orderedShare = Recipe.starter().orderedShare();

    @Option(names = "--left-share", paramLabel = "S", description = "Of that, left to right at first." + DEFAULT)
    private double leftShare = Recipe.starter().leftShare();

    @Option(names = "--drill-share", paramLabel = "S", description = "Of batches that are sums, at first." + DEFAULT)
    private double drillShare = Recipe.starter().drillShare();

    @Option(names = "--open-share", paramLabel = "S", description = "Of canvases masked to their end." + DEFAULT)
    private double openShare = Recipe.starter().openShare();

    @Option(names = "--tail-weight", paramLabel = "W", description = "Of end tokens behind the first." + DEFAULT)
    private double tailWeight = Recipe.starter().tailWeight();

    @Option(names = "--max-number", paramLabel = "N", description = "Largest number given." + DEFAULT)
    private int maxNumber = Ranges.DEFAULT.number();

    @Option(names = "--max-factor", paramLabel = "N", description = "Largest factor and divisor." + DEFAULT)
    private int maxFactor = Ranges.DEFAULT.factor();

    @Option(names = "--max-result", paramLabel = "N", description = "Largest result of a step." + DEFAULT)
    private int maxResult = Ranges.DEFAULT.result();

    StarterCommand(PrintStream outStream, PrintStream err) {
        this.outStream = outStream;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        if (init.isEmpty()) {
            return train(Optional.empty());
        }
        try (ModelSource source = ModelSource.of(init.get(), Set.of())) {
            return train(Optional.of(source.folder()));
        }
    }

    private int train(Optional<Path> start) throws IOException {
        StarterRun run = new StarterRun(
                out,
                new StarterSizes(width, layers, heads, feedForward, experts.sizes(feedForward)),
                recipe(),
                attention.sight(),
                new Budget(steps, minutes),
                data,
                start,
                resume,
                60 * checkpointMinutes,
                threads);
        Memory memory = run.memory();
        err.println(run.spec());
        err.println(memory);
        memory.requireFree();
        RunClock clock;
        try (ProgressLine progress = new ProgressLine(err, out)) {
            clock = run.run(progress);
        }
        outStream.println(out + ": " + clock.steps() + " steps, " + clock.samples() + " samples, "
                + Math.round(clock.seconds()) + " s; " + recipe());
        return 0;
    }

    private Recipe recipe() {
        return new Recipe(
                seed,
                rows,
                learningRate,
                warmup,
                weightDecay,
                clip,
                average,
                orderedShare,
                leftShare,
                drillShare,
                openShare,
                tailWeight,
                new Ranges(maxNumber, maxFactor, maxResult));
    }
}
