package dev.dllm4j.train;

import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.train.adapt.AdaptationRun;
import dev.dllm4j.train.adapt.AnswerFile;
import dev.dllm4j.train.adapt.CertaintyCourse;
import dev.dllm4j.train.adapt.CertaintyLoss;
import dev.dllm4j.train.adapt.MaskedRows;
import dev.dllm4j.train.adapt.RainbowPadding;
import dev.dllm4j.train.decode.Answers;
import dev.dllm4j.train.decode.ModelSource;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.model.Weights;
import dev.dllm4j.train.problem.Ranges;
import dev.dllm4j.train.run.Encoder;
import dev.dllm4j.train.run.Example;
import dev.dllm4j.train.run.Examples;
import dev.dllm4j.train.run.RunClock;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a model sure of what it says anyway. */
@Command(
        name = "certainty",
        description = "Make a model sure of its own answers, so that it decodes them in fewer forwards (dParallel).",
        sortOptions = false,
        abbreviateSynopsis = true)
final class CertaintyCommand implements Callable<Integer> {
    private static final String DEFAULT = " Default ${DEFAULT-VALUE}.";
    /** Of the answers, one in so many is kept from training, to measure with. */
    private static final int HELD_OUT = 8;

    private static final int MEASURED_BATCHES = 8;

    private final PrintStream outStream;
    private final PrintStream err;

    @Mixin
    private final AdaptationOptions options =
            new AdaptationOptions(32, 32, 2e-3, "q_proj,k_proj,v_proj,attn_out,ff_proj,up_proj,ff_out");

    @Option(names = "--answers", paramLabel = "N", description = "Answers the model gives to learn from." + DEFAULT)
    private int answers = 256;

    @Option(names = "--strategy", paramLabel = "SPEC", description = "How it decodes them." + DEFAULT)
    private String strategy = "schedule";

    @Option(names = "--gen-length", paramLabel = "N", description = "Positions it decodes at most." + DEFAULT)
    private int genLength = 128;

    @Option(names = "--block-length", paramLabel = "N", description = "Positions of a block." + DEFAULT)
    private int blockLength = 32;

    @Option(names = "--at-once", paramLabel = "N", description = "Answers in one forward." + DEFAULT)
    private int atOnce = 16;

    @Option(names = "--beta", paramLabel = "B", description = "Weight of the entropy." + DEFAULT)
    private double beta = 2;

    @Option(names = "--temperature", paramLabel = "T", description = "Of the entropy." + DEFAULT)
    private double temperature = 0.5;

    CertaintyCommand(PrintStream outStream, PrintStream err) {
        this.outStream = outStream;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        if (answers < 2 || atOnce < 1) {
            throw new IllegalArgumentException(
                    "answers is " + answers + " and at once " + atOnce + "; they must be at least 2 and 1");
        }
        CertaintyLoss loss = new CertaintyLoss(beta, temperature);
        Blocks blocks = new Blocks(blockLength);
        blocks.requireWhole(genLength);
        DecodingConfig config = DecodingConfig.DEFAULT
                .withFrame(blocks, genLength, genLength)
                .withStrategy(UnmaskingStrategy.parse(strategy));
        try (ModelSource source = options.source()) {
            HfCheckpoint base = source.checkpoint();
            AdaptationRun run = options.run(base, List.of(), err);
            List<Example> all = options.resume() ? AnswerFile.read(options.out()) : teach(source, base, config);
            int heldOut = Math.max(1, all.size() / HELD_OUT);
            CertaintyCourse course = course(base, loss, all.subList(heldOut, all.size()));
            RunClock clock = options.train(run, course, err);
            CertaintyCourse probe = course(base, loss, all.subList(0, heldOut));
            outStream.println(options.out() + ": " + clock.steps() + " steps, " + clock.samples() + " samples, "
                    + Math.round(clock.seconds()) + " s; " + course.identity() + "; " + run.adaptation());
            try (NDManager manager = Torch.open(options.threads())) {
                outStream.println("before: " + measure(manager, base, probe));
                outStream.println("after: " + measure(manager, options.merged(), probe));
            }
        }
        return 0;
    }

    private CertaintyCourse course(HfCheckpoint base, CertaintyLoss loss, List<Example> examples) {
        return new CertaintyCourse(
                examples,
                loss,
                base.spec().maskToken(),
                RainbowPadding.of(base),
                base.spec().context(),
                blockLength,
                options.seed(),
                options.rows());
    }

    /** The model's own answers, kept in the run's folder. */
    private List<Example> teach(ModelSource source, HfCheckpoint base, DecodingConfig config) throws IOException {
        CountLine progress = new CountLine(err, "answers", answers);
        List<Example> taught;
        try (Encoder encoder =
                        new Encoder(base.folder(), base.endToken(), base.spec().context());
                Decoder decoder = source.decoder(options.threads())) {
            Examples examples = options.examples(encoder);
            SplittableRandom random = new SplittableRandom(options.seed());
            List<int[]> prompts = Stream.generate(
                            () -> examples.draw(Ranges.DEFAULT, random).prompt())
                    .limit(answers)
                    .toList();
            taught = Answers.of(decoder, prompts, config, base.endToken(), atOnce, progress::done);
        }
        if (taught.size() < 2) {
            throw new IllegalArgumentException("of " + answers + " answers " + taught.size()
                    + " came to an end within gen length " + genLength + "; raise --gen-length");
        }
        Path folder = Files.createDirectories(options.out());
        AnswerFile.write(folder, taught);
        return taught;
    }

    private static MaskedRows measure(NDManager manager, HfCheckpoint checkpoint, CertaintyCourse probe) {
        try (NDManager weights = manager.newSubManager()) {
            Llada model = new Llada(Weights.read(weights, checkpoint));
            return MaskedRows.measure(manager, model, probe, MEASURED_BATCHES);
        }
    }
}
