package dev.dllm4j.train;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.train.decode.EndShare;
import dev.dllm4j.train.decode.ModelSource;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how early a model ends its text. */
@Command(
        name = "end-share",
        description = "Measure the share of <eos> among the first tokens that a model commits.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class EndShareCommand implements Callable<Integer> {
    private static final String DEFAULT = " Default ${DEFAULT-VALUE}.";

    private final PrintStream outStream;

    @Mixin
    private final DecodedProblems problems = new DecodedProblems(20);

    @Option(names = "--gen-length", paramLabel = "N", description = "Positions to decode, all of them." + DEFAULT)
    private int genLength = 128;

    @Option(
            names = "--block-length",
            paramLabel = "N",
            description = "Of a block. Default all in one, or the model's own blocks.")
    private int blockLength;

    @Option(names = "--strategy", paramLabel = "SPEC", description = "What commits." + DEFAULT)
    private String strategy = "schedule";

    @Option(names = "--decode-steps", paramLabel = "N", description = "Forwards of the schedule. Default one a token.")
    private int steps;

    EndShareCommand(PrintStream outStream) {
        this.outStream = outStream;
    }

    @Override
    public Integer call() throws IOException {
        DecodingChoices choices = DecodingChoices.NONE
                .withGenLength(genLength)
                .withSteps(steps == 0 ? genLength : steps)
                .withStrategy(UnmaskingStrategy.parse(strategy));
        try (ModelSource source = problems.source();
                Decoder decoder = source.decoder(problems.threads())) {
            DecodingConfig config =
                    decoder.resolve(framed(choices, decoder.spec().sight()));
            List<int[]> prompts = problems.toMeasure(source, decoder);
            EndShare share = EndShare.measure(decoder, prompts, config, problems.atOnce());
            outStream.println(problems.model() + ", " + config.window() + ", gen " + genLength + ": " + share);
        }
        return 0;
    }

    /** A model that sees block by block is decoded in the blocks of its recipe. */
    private DecodingChoices framed(DecodingChoices choices, Sight sight) {
        if (blockLength != 0) {
            return choices.withBlockLength(blockLength);
        }
        return sight instanceof Sight.BlockCausal ? choices : choices.withWindow(new Blocks(genLength));
    }
}
