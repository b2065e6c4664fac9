package dev.dllm4j.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.End;
import dev.dllm4j.server.engine.Engine;
import dev.dllm4j.server.engine.EngineMeters;
import dev.dllm4j.server.engine.Limits;
import dev.dllm4j.server.engine.Refused;
import io.micrometer.core.instrument.Meter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every meter is exported under its own name, with a word of help, and stands on the page. */
class ServerMetersTest {
    private static final Pattern HELP = Pattern.compile("(?m)^# HELP (\\S+) (.*)$");

    private final Decoder decoder = new Decoder(
            new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.95)),
            new TokenNames(),
            Optional.empty(),
            "scripted-hash");
    private final ServedModel model = new ServedModel("scripted", decoder, RuntimeOptions.DEFAULT, Instant.EPOCH);
    private final ServerMeters meters = new ServerMeters();
    private Engine engine;

    /** Everything that is counted is counted once. */
    @BeforeEach
    void count() {
        EngineMeters counted = meters.engine(model);
        engine = new Engine(model.id(), decoder.model(), Limits.DEFAULT, counted);
        meters.watch(model, engine);
        meters.watchCaches(List.of(new LayerCache(LayerCache.DEFAULT_BUDGET)));
        meters.watchConnections(() -> 1);
        meters.answered("/v1/completions", 200);
        meters.took("/v1/completions", 200, Duration.ofMillis(5));
        meters.firstText("scripted", Duration.ofMillis(5));
        counted.stepped(List.of(), 1000);
        counted.handedOver(1000);
        counted.answered(3, 2);
        counted.failed();
        counted.refused(Refused.Cause.FULL);
        try (Decoding decoding = decoder.start(new int[] {5}, DecodingConfig.DEFAULT.withGenLength(32))) {
            counted.ended(decoding, new End.Failed(new IllegalStateException("seen")));
        }
    }

    @AfterEach
    void stop() {
        engine.close();
        meters.close();
        decoder.close();
    }

    private Set<String> meterNames() {
        return meters.registry().getMeters().stream()
                .map(meter -> meter.getId().getName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** As the format wants it: the unit at the end, and {@code _total} behind a counter's. */
    private static String exported(Meter meter) {
        Meter.Id id = meter.getId();
        String name = id.getName().replace('.', '_');
        String unit = id.getType() == Meter.Type.TIMER
                ? "seconds"
                : Optional.ofNullable(id.getBaseUnit())
                        .map(given -> given.equals("ns") || given.equals("ms") ? unitOfTime(id, given) : given)
                        .orElse("");
        String whole = unit.isEmpty() || name.endsWith("_" + unit) ? name : name + "_" + unit;
        return id.getType() == Meter.Type.COUNTER ? whole + "_total" : whole;
    }

    /** Processor time is a counter of nanoseconds, uptime a gauge of seconds. */
    private static String unitOfTime(Meter.Id id, String given) {
        return id.getType() == Meter.Type.COUNTER ? given : "seconds";
    }

    @Test
    void everyMeterOfOursIsListed() {
        assertThat(meterNames().stream().filter(name -> name.startsWith("dllm4j.")))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Measure.values()).map(Measure::meter).toList());
    }

    /** Prometheus' client strips these, whereupon the second of two counters silently takes the place of the first. */
    @Test
    void noNameOfOursEndsInAWordThatIsStripped() {
        assertThat(Arrays.stream(Measure.values()).map(Measure::meter))
                .noneMatch(name -> name.matches(".*\\.(total|created|bucket|info)"));
    }

    @Test
    void everyMeterIsExportedUnderItsOwnNameWithHelp() {
        String scraped = meters.scrape();
        Set<String> families = new TreeSet<>();
        for (Matcher help = HELP.matcher(scraped); help.find(); ) {
            assertThat(help.group(2)).as(help.group(1)).isNotBlank();
            families.add(help.group(1));
        }
        for (Meter meter : meters.registry().getMeters()) {
            assertThat(families).as(meter.getId().toString()).contains(exported(meter));
        }
        Set<String> own = meters.registry().getMeters().stream()
                .map(ServerMetersTest::exported)
                .collect(Collectors.toSet());
        families.removeIf(family -> own.contains(family.replaceAll("_max$", "")) || own.contains(family));
        assertThat(families).isEmpty();
        assertThat(own).hasSameSizeAs(meterNames());
    }

    @Test
    void theProcessIsWatched() {
        assertThat(meters.scrape())
                .contains(
                        "jvm_memory_used_bytes{area=\"heap\"",
                        "jvm_threads_live_threads ",
                        "jvm_classes_loaded_classes ")
                .contains("process_cpu_usage ", "process_uptime_seconds ", "jvm_gc_memory_allocated_bytes_total ");
    }

    @Test
    void everyNameOfOursStandsOnThePage() throws IOException {
        String page = Files.readString(
                Path.of(System.getProperty("dllm4j.root", "..")).resolve("docs/serving.md"));

        assertThat(meters.registry().getMeters().stream()
                        .filter(meter -> meter.getId().getName().startsWith("dllm4j."))
                        .map(ServerMetersTest::exported))
                .allMatch(name -> page.contains("`" + name + "`"));
    }

    /** Endpoints, statuses and models are few; what clients send is no label. */
    @Test
    void labelsAreFew() {
        assertThat(meters.registry().getMeters().stream()
                        .filter(meter -> meter.getId().getName().startsWith("dllm4j."))
                        .flatMap(meter -> meter.getId().getTags().stream())
                        .map(tag -> tag.getKey()))
                .isSubsetOf("endpoint", "status", "outcome", "model", "reason", "part");
    }
}
