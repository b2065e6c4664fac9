package dev.dllm4j.train;

import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.train.adapt.AdaptationRun;
import dev.dllm4j.train.adapt.RainbowCourse;
import dev.dllm4j.train.adapt.RainbowPadding;
import dev.dllm4j.train.decode.ModelSource;
import dev.dllm4j.train.run.Encoder;
import dev.dllm4j.train.run.RunClock;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Teaches a model to pad with a cycle of tokens. */
@Command(
        name = "rainbow",
        description = "Teach a model to pad its answers with one <eos> and a cycle of other tokens (Rainbow Padding).",
        sortOptions = false,
        abbreviateSynopsis = true)
final class RainbowCommand implements Callable<Integer> {
    private static final String PAD = "<|pad_%d|>";

    private final PrintStream outStream;
    private final PrintStream err;

    @Mixin
    private final AdaptationOptions options =
            new AdaptationOptions(32, 64, 4e-3, "q_proj,k_proj,v_proj,ff_proj,up_proj,ff_out");

    @Option(names = "--pads", paramLabel = "K", description = "Tokens of the cycle. Default ${DEFAULT-VALUE}.")
    private int pads = 7;

    @Option(
            names = "--first-pad",
            paramLabel = "ID",
            description = "The cycle's tokens are this one and those behind it. Default <|pad_0|>, <|pad_1|>, …")
    private int firstPad = -1;

    RainbowCommand(PrintStream outStream, PrintStream err) {
        this.outStream = outStream;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        try (ModelSource source = options.source()) {
            HfCheckpoint base = source.checkpoint();
            ModelSpec spec = base.spec();
            RainbowPadding padding = padding(base);
            AdaptationRun run = options.run(base, padding.pads(), err);
            RunClock clock;
            try (Encoder encoder = new Encoder(base.folder(), base.endToken(), spec.context())) {
                RainbowCourse course = new RainbowCourse(
                        options.examples(encoder),
                        padding,
                        spec.maskToken(),
                        spec.context(),
                        options.seed(),
                        options.rows());
                clock = options.train(run, course, err);
            }
            outStream.println(options.out() + ": " + clock.steps() + " steps, " + clock.samples() + " samples, "
                    + Math.round(clock.seconds()) + " s; pads " + padding.pads() + "; " + run.adaptation());
        }
        return 0;
    }

    private RainbowPadding padding(HfCheckpoint base) {
        ModelSpec spec = base.spec();
        if (pads < 0 || pads > spec.vocabulary()) {
            throw new IllegalArgumentException(
                    "pads is " + pads + "; it must be within [0, " + spec.vocabulary() + "], 0 for end tokens alone");
        }
        List<Integer> ids = firstPad < 0 ? named(base) : RainbowPadding.consecutive(firstPad, pads);
        for (int id : ids) {
            if (id < 0
                    || id >= spec.vocabulary()
                    || id == spec.maskToken()
                    || spec.endTokens().contains(id)) {
                throw new IllegalArgumentException("pads is " + pads + " from id " + ids.get(0) + " on; id " + id
                        + " is no token of the model to pad with, choose fewer --pads or another --first-pad");
            }
        }
        return new RainbowPadding(base.endToken(), ids);
    }

    private List<Integer> named(HfCheckpoint base) {
        try (HfTokenizer tokenizer = HfTokenizer.read(base.folder())) {
            return IntStream.range(0, pads)
                    .mapToObj(PAD::formatted)
                    .map(name -> tokenizer
                            .id(name)
                            .orElseThrow(() -> new IllegalArgumentException("pads is " + pads
                                    + " and the tokenizer has no token " + name + "; use fewer, or name the first of as"
                                    + " many unused ids with --first-pad, e.g. 126084 for LLaDA-8B")))
                    .toList();
        }
    }
}
