package dev.dllm4j.train;

import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.unmask.FilterNetwork;
import dev.dllm4j.train.decode.ModelSource;
import dev.dllm4j.train.file.TensorFile;
import dev.dllm4j.train.filter.FilterFit;
import dev.dllm4j.train.filter.FilterRecord;
import dev.dllm4j.train.filter.FilterRecords;
import dev.dllm4j.train.filter.FilterScore;
import dev.dllm4j.train.model.Torch;
import dev.dllm4j.train.run.Memory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the filter that says which predictions are final. */
@Command(
        name = "filter",
        description = "Train a filter that tells a model's final predictions from others (Learn2PD).",
        sortOptions = false,
        abbreviateSynopsis = true)
final class FilterCommand implements Callable<Integer> {
    private static final String DEFAULT = " Default ${DEFAULT-VALUE}.";
    /** The paper's: forty prompts of each of FLAN's 66 tasks. */
    private static final int PROBLEMS = 2640;

    private final PrintStream outStream;
    private final PrintStream err;

    @Mixin
    private final DecodedProblems problems = new DecodedProblems(PROBLEMS);

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "File to write.")
    private Path out = Path.of("");

    @Option(names = "--gen-length", paramLabel = "N", description = "Positions to decode." + DEFAULT)
    private int genLength = 128;

    @Option(
            names = "--block-length",
            paramLabel = "N",
            description = "Positions of a block. Default the model's recipe's, or 32.")
    private @Nullable Integer blockLength;

    @Option(
            names = "--accept",
            paramLabel = "P",
            description = "Probability that an accepted prediction exceeds." + DEFAULT)
    private double accept = 0.96;

    @Option(names = "--updates", paramLabel = "N", description = "Of the network." + DEFAULT)
    private int updates = 40_000;

    @Option(names = "--learning-rate", paramLabel = "R", description = "Peak." + DEFAULT)
    private double learningRate = 3e-3;

    FilterCommand(PrintStream outStream, PrintStream err) {
        this.outStream = outStream;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        if (Files.exists(out)) {
            throw new IllegalArgumentException("out is " + out + ", which exists; name a new file");
        }
        if (!(accept >= 0 && accept <= 1)) {
            throw new IllegalArgumentException("accept is " + accept + "; it must be within [0, 1]");
        }
        FilterFit fit = new FilterFit(updates, learningRate, problems.seed());
        FilterFit.Parts parts;
        int width;
        Map<String, String> metadata = new LinkedHashMap<>();
        try (ModelSource source = problems.source();
                Decoder decoder = source.decoder(problems.threads())) {
            List<int[]> prompts = problems.toLearn(source, decoder);
            DecodingConfig config = FilterRecords.config(
                    decoder, genLength, blockLength == null ? OptionalInt.empty() : OptionalInt.of(blockLength));
            width = FilterRecords.blocks(config).length();
            estimate(decoder, prompts);
            CountLine progress = new CountLine(err, "decodings", 2 * prompts.size());
            List<FilterRecord> records = FilterRecords.of(decoder, prompts, config, problems.atOnce(), progress::done);
            parts = FilterFit.Parts.of(records, problems.seed());
            metadata.put("block_length", String.valueOf(width));
            metadata.put("threshold", String.valueOf(accept));
            metadata.put("model_hash", decoder.modelHash());
        }
        try (NDManager manager = Torch.open(problems.threads())) {
            new TensorFile(metadata, fit.fit(manager, parts, width)).write(out);
        }
        FilterNetwork network = FilterNetwork.read(out);
        outStream.println(out + ": " + parts.fit().size() + " records, " + updates + " updates");
        outStream.println("held out, masked positions: " + FilterScore.of(network, parts.report(), accept, true));
        outStream.println("held out, all positions: " + FilterScore.of(network, parts.report(), accept, false));
        return 0;
    }

    private void estimate(Decoder decoder, List<int[]> prompts) {
        int longest = prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0);
        Memory memory = Memory.decoding(decoder.spec(), problems.atOnce() * (longest + genLength));
        err.println(decoder.spec());
        err.println(memory);
        memory.requireFree("--at-once");
    }
}
