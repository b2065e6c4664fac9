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
    void runsOfTheSameQuestionsAreComparedItemByItem() throws IOException {
        Summary reference = Summary.read(write("first", "q", "110-"));
        Summary other = Summary.read(write("second", "q", "0111"));
        assertThat(reference.with(other)).isEqualTo(new PairedComparison(4, 1, 2));
    }

    @Test
    void whatCannotBeComparedIsRefused() throws IOException {
        Summary one = Summary.read(write("one", "q", "1"));
        Summary other = Summary.read(write("other", "r", "1"));
        assertThatThrownBy(() -> one.with(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("have different questions; evaluate both on the same dataset");
        assertThatThrownBy(() -> Summary.read(folder))
                .hasMessageStartingWith(folder + " has no summary.json; name a folder that 'dllm4j eval --out' wrote");
        Path cut = Files.createDirectories(folder.resolve("cut"));
        Files.writeString(cut.resolve("summary.json"), "{\"id\":");
        assertThatThrownBy(() -> Summary.read(cut)).hasMessageContaining("summary.json is no JSON");
        Files.writeString(cut.resolve("summary.json"), "{}");
        assertThatThrownBy(() -> Summary.read(cut)).hasMessageContaining("lacks questions_sha256");
    }

    private Path write(String name, String questions, String verdicts) throws IOException {
        Path run = Files.createDirectories(folder.resolve(name));
        long correct = verdicts.chars().filter(verdict -> verdict == '1').count();
        Files.writeString(
                run.resolve("summary.json"),
                "{\"questions_sha256\": \"" + questions + "\", \"strict_by_item\": \"" + verdicts + "\", \"items\": "
                        + verdicts.length() + ", \"correct\": " + correct + ", \"accuracy\": "
                        + (double) correct / verdicts.length() + "}");
        return run;
    }
}
