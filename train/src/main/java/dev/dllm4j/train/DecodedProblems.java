package dev.dllm4j.train;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.models.BundledModel;
import dev.dllm4j.train.decode.ModelSource;
import dev.dllm4j.train.problem.Ranges;
import dev.dllm4j.train.run.Encoder;
import dev.dllm4j.train.run.Example;
import dev.dllm4j.train.run.Examples;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** A model, and the problems that it is to decode. */
final class DecodedProblems {
    private static final String DEFAULT = " Default ${DEFAULT-VALUE}.";

    @Option(
            names = "--model",
            paramLabel = "NAME|DIR",
            description = "Bundled model, converted model, or checkpoint in Hugging Face layout." + DEFAULT)
    private String model = "starter";

    @Option(
            names = "--ignore-config",
            paramLabel = "KEY",
            description = "Read config.json as if it had no such key. May be given several times.")
    private Set<String> ignored = Set.of();

    @Option(names = "--data", paramLabel = "FILE", description = "JSON lines instead of the command's own problems.")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--problems", paramLabel = "N", description = "Problems to decode, at most." + DEFAULT)
    private int count;

    @Option(names = "--at-once", paramLabel = "N", description = "Problems in one forward." + DEFAULT)
    private int atOnce = 8;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; one is repeatable." + DEFAULT)
    private int threads = 1;

    @Option(names = "--seed", paramLabel = "S", description = "The same seed gives the same result." + DEFAULT)
    private long seed;

    DecodedProblems(int count) {
        this.count = count;
    }

    String model() {
        return model;
    }

    ModelSource source() {
        return ModelSource.of(model, ignored);
    }

    int atOnce() {
        return atOnce;
    }

    int threads() {
        return threads;
    }

    long seed() {
        return seed;
    }

    /** Token ids of the file's questions, or of generated ones to train on. */
    List<int[]> toLearn(ModelSource source, Decoder decoder) {
        requireSome();
        try (Encoder encoder = encoder(source, decoder)) {
            if (data.isPresent()) {
                return prompts(encoder.all(data.get()).stream());
            }
            Examples examples = encoder.generated();
            SplittableRandom random = new SplittableRandom(seed);
            return prompts(Stream.generate(() -> examples.draw(Ranges.DEFAULT, random)));
        }
    }

    /** Token ids of the file's questions, or of those that the starter is tested with. */
    List<int[]> toMeasure(ModelSource source, Decoder decoder) throws IOException {
        requireSome();
        try (Encoder encoder = encoder(source, decoder)) {
            if (data.isPresent()) {
                return prompts(encoder.all(data.get()).stream());
            }
            String name = BundledModel.STARTER.toString();
            try (InputStream questions = BundledModel.STARTER.questions()) {
                return prompts(encoder.all(name, QuestionFile.read(name, questions)).stream());
            }
        }
    }

    private void requireSome() {
        if (count < 1 || atOnce < 1) {
            throw new IllegalArgumentException(
                    "problems is " + count + " and at once is " + atOnce + "; both must be at least 1");
        }
    }

    private List<int[]> prompts(Stream<Example> examples) {
        return examples.limit(count).map(Example::prompt).toList();
    }

    private static Encoder encoder(ModelSource source, Decoder decoder) {
        int end = decoder.spec().endTokens().stream()
                .findFirst()
                .orElse(decoder.spec().maskToken());
        return new Encoder(source.folder(), end, decoder.spec().context());
    }
}
