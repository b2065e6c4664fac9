package dev.dllm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.train.file.WholeFile;
import dev.dllm4j.train.problem.Problem;
import dev.dllm4j.train.problem.Problems;
import dev.dllm4j.train.problem.Ranges;
import dev.dllm4j.train.problem.Split;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes problems to a file. */
@Command(
        name = "problems",
        description = "Write word problems with worked answers, as JSON lines in GSM8K's layout.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ProblemsCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream outStream;
    private final PrintStream err;

    @Option(names = "--count", paramLabel = "N", required = true, description = "Problems, all different.")
    private int count;

    @Option(names = "--seed", paramLabel = "S", description = "The same seed gives the same problems. Default 0.")
    private long seed;

    @Option(names = "--split", paramLabel = "NAME", description = "train or test, which share none. Default train.")
    private Split split = Split.TRAIN;

    @Option(names = "--max-number", paramLabel = "N", description = "Largest number given. Default 50.")
    private int maxNumber = Ranges.DEFAULT.number();

    @Option(names = "--max-factor", paramLabel = "N", description = "Largest factor and divisor. Default 9.")
    private int maxFactor = Ranges.DEFAULT.factor();

    @Option(names = "--max-result", paramLabel = "N", description = "Largest result of a step. Default 99.")
    private int maxResult = Ranges.DEFAULT.result();

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "File to write.")
    private Path out = Path.of("");

    ProblemsCommand(PrintStream outStream, PrintStream err) {
        this.outStream = outStream;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        if (Files.exists(out)) {
            throw new IllegalArgumentException("out is " + out + ", which exists; name a new file");
        }
        Ranges ranges = new Ranges(maxNumber, maxFactor, maxResult);
        Iterator<Problem> problems =
                new Problems().distinct(count, seed, ranges, split).iterator();
        WholeFile.write(out, channel -> write(problems, channel));
        outStream.println(out + ": " + count + " problems");
        return 0;
    }

    private void write(Iterator<Problem> problems, FileChannel channel) throws IOException {
        CountLine progress = new CountLine(err, "problems", count);
        Writer lines = new BufferedWriter(new OutputStreamWriter(Channels.newOutputStream(channel), UTF_8));
        for (int written = 1; written <= count; written++) {
            lines.append(line(problems.next())).append('\n');
            if (written < count) {
                progress.done(written);
            }
        }
        lines.flush();
    }

    private static String line(Problem problem) {
        try {
            return JSON.writeValueAsString(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
