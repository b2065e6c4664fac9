package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.CommandRun.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a decoding of the bundled starter model. */
class ReplayCommandTest {
    private static final String QUESTION =
            "Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?";

    @TempDir
    static Path folder;

    private static Path trace = Path.of("");

    @BeforeAll
    static void record() {
        trace = folder.resolve("trace.jsonl");
        CommandRun run = Surroundings.cache(folder.resolve("cache"))
                .run("generate", QUESTION, "--gen-length=32", "--trace", trace.toString());
        assertThat(run.out()).endsWith("#### 19\n");
    }

    @Test
    void withoutAStrategyTheRecordedOneIsChecked() throws IOException {
        CommandRun run = CommandRun.of("replay", trace.toString());
        int steps = Files.readAllLines(trace).size() - 1;

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("recorded: threshold(0.9), window blocks(32), stop eot, ");
        assertThat(run.out().lines().filter(line -> line.matches("step \\d+: both [\\d ]+")))
                .hasSize(steps);
        assertThat(run.out()).contains(steps + " of " + steps + " steps decided the same; ");
    }

    @Test
    void anotherStrategyIsMarkedAsOneOnTheRecordedPath() {
        List<String> lines = CommandRun.of("replay", trace.toString(), "--strategy", "schedule")
                .out()
                .lines()
                .toList();

        assertThat(lines.get(1)).isEqualTo("replayed: schedule, on the recorded path's canvas and predictions");
        assertThat(lines.subList(2, lines.size() - 1))
                .anyMatch(line -> line.matches("step \\d+: recorded .*; replayed \\d+"));
        assertThat(lines.get(lines.size() - 1)).endsWith(" of both");
    }

    @Test
    void theOrderIsDrawn() throws IOException {
        Path svg = folder.resolve("order.svg");
        CommandRun.of("replay", trace.toString(), "--svg", svg.toString());

        assertThat(Files.readString(svg))
                .startsWith("<svg ")
                .contains(">apples</text>", ">####</text>", "threshold(0.9)");
    }

    /** Without a cache every forward is refreshed. */
    @Test
    void theRefreshesAreDrawn() throws IOException {
        Path svg = folder.resolve("refreshes.svg");
        CommandRun.of("replay", trace.toString(), "--refreshes", svg.toString());

        assertThat(Files.readString(svg))
                .startsWith("<svg ")
                .contains("none, threshold(0.9)", ">layer 5</text>", "#c2410c")
                .doesNotContain("#e5e7eb");
    }

    @Test
    void whatWasNotRecordedIsWrongUsage() {
        String slow = folder.resolve("slow.jsonl").toString();
        Surroundings.cache(folder.resolve("cache"))
                .run("generate", QUESTION, "--gen-length=32", "--strategy=topk(1)", "--trace", slow);
        CommandRun run = CommandRun.of("replay", slow, "--strategy", "revise");
        assertThat(run.err()).startsWith("dllm4j: at step 2 revise(commit=0.7,keep=0.3) needs what the model says of");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @Test
    void editsAreListedAndCounted() {
        String edited = folder.resolve("edited.jsonl").toString();
        Surroundings.cache(folder.resolve("cache"))
                .run(
                        "generate",
                        QUESTION,
                        "--gen-length=32",
                        "--strategy=edit(0,post=2,then=topk(16))",
                        "--trace",
                        edited);
        CommandRun same = CommandRun.of("replay", edited);
        assertThat(same.out()).contains(", edited ", " edits recorded, ");
        assertThat(same.out().lines()).noneMatch(line -> line.contains("; replayed "));

        CommandRun other = CommandRun.of("replay", edited, "--strategy", "topk(16)");
        assertThat(other.out()).containsPattern("step \\d+: recorded .*, edited [\\d ]+; replayed [\\d none]+\n");
    }

    @Test
    void theFilterOfAModelsFolderMustBeNamed() {
        for (String strategy : List.of("filter", "credit(then=filter)")) {
            CommandRun run = CommandRun.of("replay", trace.toString(), "--strategy", strategy);
            assertThat(run.err())
                    .startsWith("dllm4j: filter finds no filter.safetensors in the folder of model ")
                    .endsWith("or name one: filter(path=FILE)\n");
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.exitCode()).isEqualTo(2);
        }
    }

    /** A trace may be anybody's. */
    @Test
    void aFileThatATraceNamesIsNotOpened() throws IOException {
        for (Path named : List.of(trace, folder.resolve("missing"))) {
            Path foreign = folder.resolve("foreign.jsonl");
            Files.writeString(
                    foreign,
                    Files.readString(trace)
                            .replace("\"threshold(0.9)\"", "\"credit(then=filter(path=" + named + "))\""));
            CommandRun run = CommandRun.of("replay", foreign.toString());
            assertThat(run.err())
                    .startsWith("dllm4j: " + foreign + " was decided by a filter in ")
                    .endsWith("a trace opens no other file, so name the filter: --strategy 'filter(path=FILE)'\n");
            assertThat(run.exitCode()).isEqualTo(2);
        }
    }

    @Test
    void aFileThatIsMissingIsNamed() {
        CommandRun run = CommandRun.of("replay", folder.resolve("none").toString());
        assertThat(run.err()).isEqualTo("dllm4j: " + folder.resolve("none") + " does not exist\n");
        assertThat(run.exitCode()).isEqualTo(1);
    }
}
