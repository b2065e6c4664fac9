package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cli.CommandRun.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalCommandTest {
    @TempDir
    Path folder;

    @Test
    void theStartersQuestionsAreAskedOncePerStrategy() throws IOException {
        Path out = folder.resolve("out");
        CommandRun run = eval(
                "--dataset",
                "starter",
                "--limit",
                "2",
                "--out",
                out.toString(),
                "--gen-length",
                "64",
                "--strategy",
                "threshold(0.9)",
                "--strategy",
                "schedule");
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("strategy threshold(0.9), cache none: ")
                                .contains(" of 2 correct"),
                        line -> assertThat(line)
                                .startsWith("strategy schedule, cache none: ")
                                .contains(" of 2 correct"));
        assertThat(run.exitCode()).isZero();
        JsonNode summary = new ObjectMapper()
                .readTree(out.resolve("schedule__none/summary.json").toFile());
        assertThat(summary.get("settings").get("model").textValue()).isEqualTo("starter");
        assertThat(summary.get("settings").get("gen_length").intValue()).isEqualTo(64);
        assertThat(Files.readAllLines(out.resolve("schedule__none/items.jsonl")))
                .hasSize(2);
        Path reference = out.resolve("schedule__none");
        Path fast = out.resolve("threshold-0.9__none");
        assertThat(CommandRun.of("compare", reference.toString(), fast.toString())
                        .out()
                        .lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith(reference + ": ").contains(" of 2 correct"),
                        line -> assertThat(line)
                                .startsWith(fast + ": ")
                                .containsPattern("; [+-]\\d+\\.\\d points \\[.*], \\d lost and \\d won, McNemar p = "));
    }

    @Test
    void aTerminalSeesHowFarItIs() throws IOException {
        Path questions = folder.resolve("questions.jsonl");
        Files.writeString(questions, "{\"question\": \"How many?\", \"answer\": \"#### 1\"}\n");
        CommandRun run = Surroundings.cache(folder.resolve("cache"))
                .terminal()
                .run(
                        "eval",
                        "--dataset",
                        questions.toString(),
                        "--out",
                        folder.resolve("out").toString());
        assertThat(run.err()).contains("threshold(0.9), none: 1 of 1 asked, ").endsWith("\r\u001b[K");
    }

    @Test
    void anUnknownDatasetAndAFullFolderAreWrongUsage() throws IOException {
        Files.createFile(folder.resolve("taken"));
        CommandRun missing =
                eval("--dataset", "none.jsonl", "--out", folder.resolve("out").toString());
        assertThat(missing.err()).startsWith("dllm4j: dataset is none.jsonl; ");
        assertThat(missing.exitCode()).isEqualTo(2);
        CommandRun full = eval("--dataset", "starter", "--out", folder.toString());
        assertThat(full.err()).startsWith("dllm4j: out is ");
        assertThat(full.exitCode()).isEqualTo(2);
    }

    @Test
    void aFolderThatCannotBeMadeIsAFailureInOneLine() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        CommandRun run =
                eval("--dataset", "starter", "--out", file.resolve("out").toString());
        assertThat(run.err()).startsWith("dllm4j: out is " + file.resolve("out"));
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.exitCode()).isEqualTo(1);
    }

    private CommandRun eval(String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "eval";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return Surroundings.cache(folder.resolve("cache")).run(arguments);
    }
}
