package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.eval.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/evaluation.md names is there. */
class EvaluationPageTest {
    private static final Path ROOT = Path.of(System.getProperty("dllm4j.root"));

    @TempDir
    Path folder;

    @Test
    void aRunLeavesTheFilesThatItsTableNames() throws IOException {
        Path out = folder.resolve("out");
        CommandRun run = CommandRun.of(
                "eval", "--dataset", "starter", "--limit", "1", "--gen-length", "32", "--out", out.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();

        try (Stream<Path> files = Files.list(out)) {
            assertThat(section("## What a run leaves", "\n## ")
                            .lines()
                            .filter(line -> line.startsWith("| `"))
                            .map(line -> line.split("`", -1)[1]))
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(Path::getFileName).map(Path::toString).toList());
        }
    }

    @Test
    void aTemplatesExamplesAreFilledFromTheResultsThatAreThere() throws IOException {
        Report report = new Report(ROOT.resolve("docs/results"));
        List<String> examples = Pattern.compile("^\\| `(\\{\\{.*?}})` \\|", Pattern.MULTILINE)
                .matcher(section("## Pages from result files", "\n## "))
                .results()
                .map(found -> found.group(1).replace("\\|", "|"))
                .toList();

        assertThat(examples).hasSizeGreaterThanOrEqualTo(7);
        for (String example : examples) {
            assertThat(report.fill("{% set x = 0.5 %}" + example)).as(example).isNotBlank();
        }
    }

    @Test
    void theFilesOfItsCommandsAreThereAndWhatMustBeNewIsNot() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/evaluation.md"));
        assertThat(words(page, "report (\\S+)"))
                .isNotEmpty()
                .allSatisfy(template -> assertThat(ROOT.resolve(template)).isRegularFile());
        assertThat(words(page, "(?:eval|bench) [^`]*?--out (\\S+)"))
                .hasSizeGreaterThanOrEqualTo(3)
                .as("new files, and docs holds those of the project")
                .noneMatch(out -> out.startsWith("docs/"));
    }

    private static List<String> words(String page, String expression) {
        return Pattern.compile("^\\./dllm4j " + expression, Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(page)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    private static String section(String heading, String end) throws IOException {
        String page = Files.readString(ROOT.resolve("docs/evaluation.md"));
        String from = page.substring(page.indexOf(heading));
        return from.substring(0, from.indexOf(end, 1));
    }
}
