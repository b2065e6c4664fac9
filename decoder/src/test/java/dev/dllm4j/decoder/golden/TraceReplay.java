package dev.dllm4j.decoder.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.testing.EndTokens;
import dev.dllm4j.decoder.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Decodes what an original decoded and compares forward by forward, on the models that the traces' files name. A model is
 * converted and opened when the first file asks for it.
 */
public final class TraceReplay implements AutoCloseable {
    /** Largest difference of a committed token's probability, float32 against the original's float64. */
    static final double PROBABILITY_TOLERANCE = 1e-3;

    /** Runs that cannot come out the same here, whatever their kind. */
    private static final List<Skip> SKIPS = List.of(
            new Skip("tokens are drawn by torch's noise", settings -> number(settings, "temperature") > 0),
            new Skip("positions are drawn by torch's noise", settings -> number(settings, "alg_temp") > 0),
            new Skip(
                    "positions are drawn by torch's noise",
                    settings -> text(settings, "remasking").equals("random")),
            new Skip(
                    "positions are drawn by torch's noise",
                    settings -> text(settings, "alg").equals("origin")),
            new Skip(
                    "end tokens fill what is behind an end; here it is dropped",
                    settings -> settings.path("early_stop").asBoolean() && endToken(settings) >= 0),
            new Skip(
                    "the end is looked for in the open block alone; here in the whole canvas",
                    settings -> text(settings, "function").contains("eot")
                            && !text(settings, "cache").equals("none")));

    private final Path folder;
    private final Map<String, Decoder> decoders = new HashMap<>();

    /** @param reason why runs with such settings are not replayed */
    private record Skip(String reason, Predicate<JsonNode> holds) {}

    /** @param folder where converted models may lie for as long as this is open */
    public TraceReplay(Path folder) {
        this.folder = folder;
    }

    /** Replays the robust runs of a kind and prints how many came out exact; fails unless all did. */
    public void allExact(TraceKind kind) throws IOException {
        Path path = GoldenFolder.find("traces/" + kind.file());
        Decoder decoder = decoder(Trace.model(path));
        List<Trace> traces = robust(path)
                .filter(trace -> skips(trace).isEmpty())
                .filter(kind.holds())
                .toList();
        assumeTrue(!traces.isEmpty(), "no run of " + kind + " can be replayed");
        List<String> differing = new ArrayList<>();
        for (Trace trace : traces) {
            String difference =
                    difference(expected(trace), decoder, kind.config().apply(trace));
            if (!difference.isEmpty()) {
                differing.add(trace.name() + ": " + difference);
            }
        }
        System.out.println(kind + ": " + (traces.size() - differing.size()) + " of " + traces.size() + " exact");
        assertThat(differing).isEmpty();
    }

    /** Fails unless each robust run of a file is of one kind, or skipped; prints the skipped ones with the reason. */
    public static void requireOneKindEach(String file, List<TraceKind> kinds) throws IOException {
        Path path = GoldenFolder.find("traces/" + file);
        List<String> wrong = new ArrayList<>();
        for (Trace trace : robust(path).toList()) {
            Optional<String> skip = skips(trace);
            skip.ifPresent(reason -> System.out.println(file + " " + trace.name() + " is skipped: " + reason));
            List<TraceKind> own = kinds.stream()
                    .filter(kind -> kind.file().equals(file) && kind.holds().test(trace))
                    .toList();
            if (skip.isEmpty() && own.size() != 1) {
                wrong.add(trace.name() + " is of the kinds " + own);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static Stream<Trace> robust(Path path) throws IOException {
        return Trace.read(path).stream().filter(Trace::robust);
    }

    private static Optional<String> skips(Trace trace) {
        return SKIPS.stream()
                .filter(skip -> skip.holds().test(trace.settings()))
                .map(Skip::reason)
                .findFirst();
    }

    /** dInfer makes several forwards before it looks whether the block is complete; we make no such empty ones. */
    private static Trace expected(Trace trace) {
        return number(trace.settings(), "maximum_unroll") > 1 ? trace.withoutEmptySteps() : trace;
    }

    private static double number(JsonNode settings, String name) {
        return settings.path(name).asDouble(0);
    }

    private static String text(JsonNode settings, String name) {
        return settings.path(name).asText("none");
    }

    /** The run's own end token; negative for none. */
    private static int endToken(JsonNode settings) {
        return settings.path("eos_id").asInt(-1);
    }

    private Decoder decoder(String model) {
        return decoders.computeIfAbsent(
                model, name -> TinyModels.decoder(folder.resolve(name.replace('/', '-')), GoldenFolder.find(name)));
    }

    @Override
    public void close() {
        decoders.values().forEach(Decoder::close);
    }

    private static String difference(Trace trace, Decoder decoder, DecodingConfig config) {
        int[] prompt = trace.prompt().stream().mapToInt(Integer::intValue).toArray();
        // What the originals recorded is the whole distribution, not the filtered one that tokens are taken from.
        double tolerance = config.sampling().plain() ? PROBABILITY_TOLERANCE : Double.POSITIVE_INFINITY;
        try (Decoding decoding = ending(decoder, endToken(trace.settings())).start(prompt, config)) {
            return difference(trace, decoding, tolerance);
        }
    }

    private static Decoder ending(Decoder decoder, int endToken) {
        return endToken < 0
                ? decoder
                : new Decoder(
                        new EndTokens(decoder.model(), Set.of(endToken)),
                        decoder.tokenizer(),
                        Optional.empty(),
                        decoder.modelHash());
    }

    /**
     * Decodes to the end; the first difference in words, empty if there is none.
     *
     * @param tolerance largest difference of a committed token's probability
     */
    static String difference(Trace expected, Decoding decoding, double tolerance) {
        String steps = stepDifference(expected, decoding, tolerance);
        if (!steps.isEmpty()) {
            return steps;
        }
        if (!decoding.done()) {
            return "more than the original's " + expected.forwards() + " forwards";
        }
        if (decoding.work().forwards() != expected.forwards()) {
            return decoding.work().forwards() + " forwards in place of " + expected.forwards();
        }
        List<Integer> tokens = IntStream.of(decoding.tokens()).boxed().toList();
        return tokens.equals(expected.finalIds()) ? "" : "final ids " + tokens + " in place of " + expected.finalIds();
    }

    /** As {@link #difference(Trace, Decoding, double)}, of the forwards that the original made. */
    static String stepDifference(Trace expected, Decoding decoding, double tolerance) {
        for (int step = 0; step < expected.steps().size() && !decoding.done(); step++) {
            StepReport report = decoding.step();
            String difference = difference(expected.steps().get(step), report, tolerance)
                    + editDifference(expected.edits().get(step), report.edits(), tolerance);
            if (!difference.isEmpty()) {
                return "step " + step + ": " + difference;
            }
        }
        return "";
    }

    /** What a step commits and an original does not, in words; empty if nothing. */
    private static String difference(List<Trace.Commit> expected, StepReport report, double tolerance) {
        boolean same = report.commits().size() == expected.size()
                && IntStream.range(0, expected.size()).allMatch(i -> {
                    var actual = report.commits().get(i);
                    var wanted = expected.get(i);
                    return actual.position() == wanted.position()
                            && actual.token() == wanted.token()
                            && !(Math.abs(actual.probability() - wanted.probability()) > tolerance);
                });
        return same ? "" : report.commits() + " in place of " + expected;
    }

    /** What a step edits and an original does not, in words; empty if nothing. */
    private static String editDifference(List<Trace.Edit> expected, List<Replace> edits, double tolerance) {
        boolean same = edits.size() == expected.size()
                && IntStream.range(0, expected.size()).allMatch(i -> {
                    var actual = edits.get(i);
                    var wanted = expected.get(i);
                    return actual.position() == wanted.position()
                            && actual.old() == wanted.old()
                            && actual.token() == wanted.token()
                            && !(Math.abs(actual.probability() - wanted.probability()) > tolerance);
                });
        return same ? "" : " edits " + edits + " in place of " + expected;
    }
}
