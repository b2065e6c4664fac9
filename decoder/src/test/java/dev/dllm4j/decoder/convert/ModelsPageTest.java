package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What docs/models.md says of disk and memory is what the converter and the runtime count. */
class ModelsPageTest {
    private static final Path PAGE = Path.of(System.getProperty("dllm4j.root"), "docs", "models.md");
    private static final double BILLION = 1e9;

    /** Positions of which the page counts keys and values, in half precision. */
    private static final long KEPT = 4096;

    @Test
    void itsTableHasWhatEachModelTakesWithEachTypeOfWeights() throws IOException {
        List<String> expected =
                PublishedSizes.all().stream().map(ModelsPageTest::row).toList();
        assertThat(Files.readAllLines(PAGE)).containsSequence(expected);
    }

    private static String row(PublishedSizes model) {
        ModelSpec spec = model.spec();
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s | %s | %.2f |",
                model.name(),
                parameters(model),
                sizes(model, WeightType.F32),
                sizes(model, WeightType.BF16),
                sizes(model, WeightType.INT8),
                sizes(model, WeightType.INT4),
                sizes(model, WeightType.MIXED),
                2L * spec.layers() * spec.kvWidth() * KEPT * Short.BYTES / BILLION);
    }

    private static String parameters(PublishedSizes model) {
        String all = String.format(
                Locale.ROOT,
                "%.3f",
                count(model.spec(), slot -> !model.tied() || slot.key().role() != Role.HEAD));
        return model.spec().feedForward() instanceof Experts
                ? String.format(
                        Locale.ROOT,
                        "%s, %.3f in experts",
                        all,
                        count(model.spec(), slot -> slot.key().expert() >= 0))
                : all;
    }

    private static double count(ModelSpec spec, Predicate<WeightSlot> counted) {
        return Families.names(spec).stream()
                        .filter(counted)
                        .mapToLong(slot ->
                                slot.shape().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact))
                        .sum()
                / BILLION;
    }

    /** On disk and in memory. */
    private static String sizes(PublishedSizes model, WeightType type) {
        WeightTypes types = WeightTypes.of(type, model.spec());
        return String.format(
                Locale.ROOT,
                "%.2f / %.2f",
                WeightPlan.fileBytes(model.spec(), types, model.tied()) / BILLION,
                ModelMemory.of(model.spec(), types).bytes() / BILLION);
    }
}
