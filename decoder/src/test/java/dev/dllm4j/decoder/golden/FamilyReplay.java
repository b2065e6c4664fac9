package dev.dllm4j.decoder.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.cache.FinalBlocks;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.NoCache;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.canvas.CanvasChange;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.EndTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Decodes what a block family's own sampler decoded and compares forward by forward. A model is converted and opened
 * when the first run asks for it.
 */
public final class FamilyReplay implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Map<List<Object>, Decoder> decoders = new HashMap<>();

    /** @param folder where converted models may lie for as long as this is open */
    public FamilyReplay(Path folder) {
        this.folder = folder;
    }

    /** Replays the robust runs of a kind and prints how many came out exact; fails unless all did. */
    public void allExact(FamilyKind kind) throws IOException {
        allExact(kind, this::difference);
    }

    /** As {@link #allExact}, of the forwards that the originals made: decoding goes on where they end. */
    public void allExactToTheOriginalsEnd(FamilyKind kind) throws IOException {
        allExact(kind, (run, model) -> {
            try (Decoding decoding = start(run, run.config(), model)) {
                String difference =
                        TraceReplay.stepDifference(run.expected(), decoding, TraceReplay.PROBABILITY_TOLERANCE);
                boolean ended = decoding.work().forwards() < run.expected().forwards();
                return ended ? "fewer than the original's forwards" : difference;
            }
        });
    }

    private void allExact(FamilyKind kind, BiFunction<FamilyCase, String, String> compare) throws IOException {
        Path file = FamiliesFolder.find("traces/" + kind.file());
        String model = Trace.model(file);
        List<Trace> traces = Trace.read(file).stream()
                .filter(Trace::robust)
                .filter(kind.holds())
                .toList();
        List<String> differing = new ArrayList<>();
        for (Trace trace : traces) {
            String difference = compare.apply(kind.asCase().apply(trace), model);
            if (!difference.isEmpty()) {
                differing.add(trace.name() + ": " + difference);
            }
        }
        System.out.println(kind + ": " + (traces.size() - differing.size()) + " of " + traces.size() + " exact");
        assertThat(differing).isEmpty();
    }

    /**
     * Decodes a kind's runs with finished rows in forwards of their own and along with others, and prints how many
     * forwards both take; fails unless every commit is the same to the bit, and only forwards that commit nothing are
     * saved.
     */
    public void sameAlongWithOthers(FamilyKind kind) throws IOException {
        Path file = FamiliesFolder.find("traces/" + kind.file());
        String model = Trace.model(file);
        int apart = 0;
        int merged = 0;
        int runs = 0;
        for (Trace trace : Trace.read(file)) {
            if (!trace.robust() || !kind.holds().test(trace)) {
                continue;
            }
            FamilyCase run = kind.asCase().apply(trace);
            List<List<CanvasChange>> alone = changes(run, run.config(), model);
            List<List<CanvasChange>> along = changes(run, run.config().withCache(new FinalBlocks()), model);
            assertThat(along)
                    .as(trace.name())
                    .isEqualTo(alone.stream().filter(step -> !step.isEmpty()).toList());
            apart += alone.size();
            merged += along.size();
            runs++;
        }
        System.out.println(kind + ": " + runs + " runs, " + apart + " forwards apart, " + merged + " merged");
        assertThat(runs).isPositive();
        assertThat(merged).isLessThan(apart);
    }

    private List<List<CanvasChange>> changes(FamilyCase run, DecodingConfig config, String model) {
        try (Decoding decoding = start(run, config, model)) {
            return decoding.steps().map(StepReport::changes).toList();
        }
    }

    /**
     * Decodes a kind's runs with rows of finished blocks kept; fails unless every forward changes the same, to the bit, and
     * fewer rows are computed.
     */
    public void sameWithFinishedBlocksKept(FamilyKind kind) throws IOException {
        Path file = FamiliesFolder.find("traces/" + kind.file());
        String model = Trace.model(file);
        long computed = 0;
        long kept = 0;
        for (Trace trace : Trace.read(file)) {
            if (!kind.holds().test(trace)) {
                continue;
            }
            FamilyCase run = kind.asCase().apply(trace);
            try (Decoding whole = start(run, run.config().withCache(new NoCache()), model);
                    Decoding blocks = start(run, run.config().withCache(new FinalBlocks()), model)) {
                assertThat(blocks.steps().map(StepReport::changes))
                        .as(trace.name())
                        .isEqualTo(whole.steps().map(StepReport::changes).toList());
                computed += whole.work().rowsComputed();
                kept += blocks.work().rowsComputed();
            }
        }
        System.out.println(kind + ": " + computed + " rows without a cache, " + kept + " with finished blocks kept");
        assertThat(kept).isPositive().isLessThan(computed);
    }

    /**
     * Prints the runs of a file that are bugs of their originals; fails unless each robust run is of one kind or one bug.
     *
     * @param kinds of any files
     */
    public static void requireOneKindEach(String file, Stream<FamilyKind> kinds, List<FamilyBug> bugs)
            throws IOException {
        List<Trace> traces = Trace.read(FamiliesFolder.find("traces/" + file));
        for (FamilyBug bug : bugs) {
            List<String> skipped =
                    traces.stream().filter(bug.holds()).map(Trace::name).toList();
            if (!skipped.isEmpty()) {
                System.out.println(file + ": " + skipped.size() + " skipped, " + bug.reason() + " " + skipped);
            }
        }
        List<FamilyKind> own = kinds.filter(kind -> kind.file().equals(file)).toList();
        List<String> wrong = new ArrayList<>();
        for (Trace trace : traces) {
            Stream<String> ofKinds =
                    own.stream().filter(kind -> kind.holds().test(trace)).map(FamilyKind::toString);
            Stream<String> ofBugs =
                    bugs.stream().filter(bug -> bug.holds().test(trace)).map(FamilyBug::reason);
            List<String> held = Stream.concat(ofKinds, ofBugs).toList();
            if (trace.robust() && held.size() != 1) {
                wrong.add(trace.name() + " is of the kinds " + held);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private String difference(FamilyCase run, String model) {
        try (Decoding decoding = start(run, run.config(), model)) {
            return TraceReplay.difference(run.expected(), decoding, TraceReplay.PROBABILITY_TOLERANCE);
        }
    }

    private Decoding start(FamilyCase run, DecodingConfig config, String model) {
        int[] prompt = run.prompt().stream().mapToInt(Integer::intValue).toArray();
        return decoder(run, model).start(prompt, run.draft(), config);
    }

    private Decoder decoder(FamilyCase run, String model) {
        Decoder decoder =
                decoders.computeIfAbsent(List.of(model, run.options(), run.shifted()), key -> open(run, model));
        return new Decoder(
                new EndTokens(decoder.model(), run.ends()),
                decoder.tokenizer(),
                Optional.empty(),
                decoder.modelHash(),
                new LayerCache(LayerCache.DEFAULT_BUDGET));
    }

    private Decoder open(FamilyCase run, String model) {
        Path converted = folder.resolve("model-" + decoders.size());
        Converter.convert(FamiliesFolder.find(model), converted, run.options(), ConvertProgress.SILENT);
        if (run.shifted()) {
            shift(converted.resolve("dllm4j.json"));
        }
        return Decoder.open(converted, RuntimeOptions.DEFAULT);
    }

    private static void shift(Path manifest) {
        try {
            ObjectNode json = (ObjectNode) JSON.readTree(manifest.toFile());
            json.withObject("/model/readout").put("shifted", true);
            JSON.writeValue(manifest.toFile(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        decoders.values().forEach(Decoder::close);
    }
}
