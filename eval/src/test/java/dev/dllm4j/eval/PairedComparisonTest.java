package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairedComparisonTest {
    @TempDir
    Path folder;

    @Test
    void theIntervalIsBonettAndPrices() {
        // (7 − 12) / 102 ± 1.959964 · sqrt((21 / 102 − (5 / 102)²) / 102)
        PairedComparison comparison = new PairedComparison(100, 12, 7);
        assertThat(comparison.difference()).isEqualTo(-0.05);
        assertThat(comparison.low()).isCloseTo(-0.136559, within(1e-6));
        assertThat(comparison.high()).isCloseTo(0.038520, within(1e-6));
    }

    @Test
    void theTestIsTheTwoSidedBinomial() {
        // 2 · (1 + 8 + 28) / 2^8 for 2 of 8
        assertThat(new PairedComparison(50, 2, 6).probability()).isCloseTo(74.0 / 256, within(1e-12));
        assertThat(new PairedComparison(50, 6, 2).probability()).isCloseTo(74.0 / 256, within(1e-12));
        assertThat(new PairedComparison(50, 4, 4).probability()).isCloseTo(1, within(1e-12));
        assertThat(new PairedComparison(50, 0, 0).probability()).isEqualTo(1);
    }

    @Test
    void itPrintsPoints() {
        assertThat(new PairedComparison(100, 12, 7))
                .hasToString("-5.0 points [-13.7, +3.9], 12 lost and 7 won, McNemar p = 0.359");
    }

    @Test
    void resultsOfTheSameQuestionsArePairedWhateverTheirOrder() throws IOException {
        Path first = write("first", item("1", "a", true), item("2", "b", true), item("3", "c", false));
        Path second = write("second", item("3", "c", true), item("1", "a", false), item("2", "b", true));
        ResultFolder reference = ResultFolder.read(first);
        assertThat(reference.with(ResultFolder.read(second))).isEqualTo(new PairedComparison(3, 1, 1));
        assertThat(reference)
                .hasToString(first + ": 2 of 3 correct (66.7 %), 4.0 forwards an item, 2.50 tokens a forward");
    }

    @Test
    void whatCannotBeComparedIsRefused() throws IOException {
        Path one = write("one", item("1", "a", true));
        Path other = write("other", item("1", "b", true));
        assertThatThrownBy(() -> ResultFolder.read(one).with(ResultFolder.read(other)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("have different questions; evaluate both on the same dataset");
        assertThatThrownBy(() -> ResultFolder.read(folder)).hasMessageContaining("has no items.jsonl; name a folder");
        Path cut = write("cut", item("1", "a", true), "{\"id\":");
        assertThatThrownBy(() -> ResultFolder.read(cut)).hasMessageContaining("items.jsonl, line 2 is no JSON");
        Path foreign = write("foreign", "{\"id\":\"1\"}");
        assertThatThrownBy(() -> ResultFolder.read(foreign)).hasMessageContaining("line 1 is no item with");
        Path empty = write("empty");
        assertThatThrownBy(() -> ResultFolder.read(empty)).hasMessageContaining("has no items; run");
        assertThatThrownBy(() -> new PairedComparison(3, 2, 2)).hasMessageContaining("items is 3, lost is 2");
    }

    private Path write(String name, String... lines) throws IOException {
        Path results = Files.createDirectory(folder.resolve(name));
        Files.writeString(results.resolve("items.jsonl"), String.join("\n", lines) + (lines.length > 0 ? "\n" : ""));
        return results;
    }

    private static String item(String id, String question, boolean correct) {
        return "{\"id\":\"" + id + "\",\"question_sha256\":\"" + question + "\",\"correct\":" + correct
                + ",\"usage\":{\"completion_tokens\":10,\"work\":{\"forwards\":4}}}";
    }
}
