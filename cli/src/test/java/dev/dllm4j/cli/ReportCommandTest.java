package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
    @TempDir
    Path folder;

    @Test
    void aPageIsFilledAndChecked() throws IOException {
        Path template = Files.writeString(
                folder.resolve("page.in"), "It took {{ (\"a.json\" | json).seconds | fixed(1) }} s.\n");
        Path page = folder.resolve("page.md");
        String[] options = {
            "report", template.toString(), "--results", folder.toString(), "--out", page.toString(), "--check"
        };
        Files.writeString(folder.resolve("a.json"), "{\"seconds\": 2.34}");

        assertThat(CommandRun.of(options).exitCode()).isEqualTo(2);
        assertThat(page).doesNotExist();
        options[6] = "--verbose";
        assertThat(CommandRun.of(options).exitCode()).isZero();
        assertThat(page).hasContent("It took 2.3 s.\n");
        options[6] = "--check";
        assertThat(CommandRun.of(options).exitCode()).isZero();

        Files.writeString(folder.resolve("a.json"), "{\"seconds\": 9}");
        CommandRun stale = CommandRun.of(options);
        assertThat(stale.err())
                .isEqualTo("dllm4j: " + page + " is not what " + template + " and " + folder
                        + " come to; run the command without --check; see dllm4j report --help\n");
        assertThat(stale.exitCode()).isEqualTo(2);
        assertThat(page).hasContent("It took 2.3 s.\n");
    }

    @Test
    void aFigureThatIsMissingIsWrongUsageInOneLine() throws IOException {
        Path template = Files.writeString(folder.resolve("page.in"), "\n{{ \"a\" | cell(\"correct\") }}");
        CommandRun run = CommandRun.of(
                "report",
                template.toString(),
                "--results",
                folder.toString(),
                "--out",
                folder.resolve("page.md").toString());
        assertThat(run.err()).startsWith("dllm4j: template, line 2: " + folder.resolve("a") + " has no summary.json; ");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.exitCode()).isEqualTo(2);
    }
}
