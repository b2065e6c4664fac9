package dev.dllm4j.decoder.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Decodes what an original decoded and compares forward by forward, on the models that the traces' files name. A model is
 * converted and opened when the first file asks for it.
 */
public final class TraceReplay implements AutoCloseable {
    /** Largest difference of a committed token's probability, float32 against the original's float64. */
    private static final double PROBABILITY_TOLERANCE = 1e-3;

    private final Path folder;
    private final Map<String, Decoder> decoders = new HashMap<>();

    /** @param folder where converted models may lie for as long as this is open */
    public TraceReplay(Path folder) {
        this.folder = folder;
    }

    /**
     * Replays the robust runs of a file and prints how many came out exact; fails unless all did.
     *
     * @param file under {@code traces/}
     * @param chosen runs this engine has the rules for
     * @param config the run's settings in our words
     */
    public void allExact(String file, Predicate<Trace> chosen, Function<Trace, DecodingConfig> config)
            throws IOException {
        allExact(file, "", chosen, config);
    }

    /** As above; {@code kind} names the chosen runs in what is printed. */
    public void allExact(String file, String kind, Predicate<Trace> chosen, Function<Trace, DecodingConfig> config)
            throws IOException {
        Path path = GoldenFolder.find("traces/" + file);
        Decoder decoder = decoder(Trace.model(path));
        List<Trace> traces =
                Trace.read(path).stream().filter(Trace::robust).filter(chosen).toList();
        assumeTrue(!traces.isEmpty(), "no run of " + file + " is of the chosen kind");
        List<String> differing = new ArrayList<>();
        for (Trace trace : traces) {
            String difference = difference(trace, decoder, config.apply(trace));
            if (!difference.isEmpty()) {
                differing.add(trace.name() + ": " + difference);
            }
        }
        System.out.println((file + " " + kind).strip() + ": " + (traces.size() - differing.size()) + " of "
                + traces.size() + " exact");
        assertThat(differing).isEmpty();
    }

    private Decoder decoder(String model) {
        return decoders.computeIfAbsent(
                model, name -> TinyModels.decoder(folder.resolve(name.replace('/', '-')), GoldenFolder.find(name)));
    }

    @Override
    public void close() {
        decoders.values().forEach(Decoder::close);
    }

    /** The first difference, in words; empty if there is none. */
    private static String difference(Trace trace, Decoder decoder, DecodingConfig config) {
        int[] prompt = trace.prompt().stream().mapToInt(Integer::intValue).toArray();
        Decoding decoding = decoder.start(prompt, config);
        while (!decoding.done()) {
            StepReport report = decoding.step();
            if (report.step() >= trace.steps().size()) {
                return "more than the original's " + trace.forwards() + " forwards";
            }
            String difference = difference(trace.steps().get(report.step()), report);
            if (!difference.isEmpty()) {
                return "step " + report.step() + ": " + difference;
            }
        }
        if (decoding.work().forwards() != trace.forwards()) {
            return decoding.work().forwards() + " forwards in place of " + trace.forwards();
        }
        List<Integer> tokens = IntStream.of(decoding.tokens()).boxed().toList();
        return tokens.equals(trace.finalIds()) ? "" : "final ids " + tokens + " in place of " + trace.finalIds();
    }

    private static String difference(List<Trace.Commit> expected, StepReport report) {
        boolean same = report.commits().size() == expected.size()
                && IntStream.range(0, expected.size()).allMatch(i -> {
                    var actual = report.commits().get(i);
                    var wanted = expected.get(i);
                    return actual.position() == wanted.position()
                            && actual.token() == wanted.token()
                            && !(Math.abs(actual.probability() - wanted.probability()) > PROBABILITY_TOLERANCE);
                });
        return same ? "" : report.commits() + " in place of " + expected;
    }
}
