package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cli.CommandRun.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
                                .startsWith("threshold-0.9__none: strategy threshold(0.9), cache none: ")
                                .contains(" of 2 correct"),
                        line -> assertThat(line)
                                .startsWith("schedule__none: strategy schedule, cache none: ")
                                .contains(" of 2 correct"),
                        line -> assertThat(line)
                                .startsWith("2 runs recorded in " + out + ": ")
                                .contains(" % correct, ")
                                .containsPattern(", \\d+\\.\\d\\d to \\d+\\.\\d\\d tokens per forward$"));
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
    void aServersKeyIsNamedByItsVariable() {
        List<String> asked = List.of(
                "--dataset",
                "starter",
                "--limit",
                "1",
                "--out",
                folder.resolve("out").toString());
        List<String> unset = new ArrayList<>(asked);
        unset.addAll(List.of("--against", "http://localhost:1", "--api-key-env", "NO_SUCH_VARIABLE"));
        assertThat(eval(unset.toArray(String[]::new)))
                .satisfies(run -> assertThat(run.exitCode()).isEqualTo(2))
                .satisfies(run -> assertThat(run.err())
                        .isEqualTo(
                                "dllm4j: --api-key-env is NO_SUCH_VARIABLE; no environment variable has that name, so"
                                        + " set it to the key, or name another\n"));
        List<String> here = new ArrayList<>(asked);
        here.addAll(List.of("--api-key-env", "HOME"));
        assertThat(eval(here.toArray(String[]::new)).err())
                .startsWith("dllm4j: --api-key-env is given without --against; ");
    }

    /** Four questions behind the same examples, with and without reuse: the third and fourth start from the second's rows. */
    @Test
    void oneEvaluationComparesPrefixReuseWithNone() throws IOException {
        String examples = "Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now? ".repeat(3);
        Path questions = folder.resolve("questions.jsonl");
        StringBuilder lines = new StringBuilder();
        for (String name : List.of("Ana", "Omar", "Hugo", "Tom")) {
            lines.append("{\"question\": \"" + examples + name + " has 3 boxes.\", \"answer\": \"#### 3\"}\n");
        }
        Files.writeString(questions, lines);
        Path out = folder.resolve("out");
        CommandRun run = eval(
                "--dataset",
                questions.toString(),
                "--out",
                out.toString(),
                "--gen-length=32",
                "--batch=1",
                "--cache=elastic(gamma=-2)",
                "--cache=elastic(gamma=-2,prefix-reuse=on)");
        assertThat(run.exitCode()).as(run.err()).isZero();

        String elastic = "threshold-0.9__elastic-gamma--2.0-track-1-along-heads-block-caching-on";
        assertThat(prefixRows(out.resolve(elastic))).containsExactly(-1, -1, -1, -1);
        assertThat(prefixRows(out.resolve(elastic + "-prefix-reuse-on")))
                .startsWith(0)
                .satisfies(rows -> assertThat(rows.subList(1, 4)).allMatch(taken -> taken >= 48 && taken % 16 == 0));
    }

    /** Of every item; -1 where none are counted. */
    private static List<Integer> prefixRows(Path run) throws IOException {
        List<Integer> rows = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("items.jsonl"))) {
            JsonNode work = new ObjectMapper().readTree(line).get("usage").get("work");
            rows.add(work.path("prefix_rows").asInt(-1));
        }
        return rows;
    }

    @Test
    void prefixReuseIsAnOptionOfTheElasticCacheAlone() throws IOException {
        Path questions = folder.resolve("questions.jsonl");
        Files.writeString(questions, "{\"question\": \"How many?\", \"answer\": \"#### 1\"}\n");
        Path out = folder.resolve("out");
        String[] options = {"--dataset", questions.toString(), "--out", out.toString(), "--prefix-reuse", "--cache"};
        CommandRun refused = eval(with(options, "dual"));
        assertThat(refused.err())
                .isEqualTo("dllm4j: prefix reuse is on and cache is dual; only elastic tests whether rows of another"
                        + " request still hold, and those of blocks always do, so use cache elastic, or blocks where the"
                        + " model's rows see no later block\n");
        assertThat(refused.exitCode()).isEqualTo(2);

        assertThat(eval(with(options, "elastic")).exitCode()).isZero();
        JsonNode summary =
                new ObjectMapper().readTree(out.resolve("summary.json").toFile());
        assertThat(summary.get("settings").get("cache").textValue())
                .isEqualTo("elastic(gamma=0.9,track=1,along=heads,block-caching=on,prefix-reuse=on)");
    }

    private static String[] with(String[] options, String last) {
        String[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = last;
        return all;
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
        assertThat(run.err())
                .contains("\u2501", " 1 of 1, ", "tokens per forward, 0:00 left")
                .endsWith("\r\u001b[K");
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

    @Test
    void aBegunRunIsFinishedByResumeAndByNothingElse() throws IOException {
        Path out = folder.resolve("out");
        String[] options = {"--dataset", "starter", "--limit", "3", "--gen-length", "64", "--out", out.toString()};
        assertThat(eval(options).exitCode()).isZero();
        String summary = Files.readString(out.resolve("summary.json"));
        Files.delete(out.resolve("summary.json"));
        List<String> lines = Files.readAllLines(out.resolve("items.jsonl"));
        Files.writeString(
                out.resolve("items.jsonl"), lines.get(0) + "\n" + lines.get(1).substring(0, 40));

        CommandRun refused = eval(options);
        assertThat(refused.err()).contains("it holds files already; name another folder, or go on with that run by");
        assertThat(refused.exitCode()).isEqualTo(2);
        CommandRun otherwise = eval(with(with(options, "--resume"), "--batch=2"));
        assertThat(otherwise.err()).contains("it is a run with another batch (8 there, 2 here)");
        assertThat(otherwise.exitCode()).isEqualTo(2);

        assertThat(eval(with(options, "--resume")).exitCode()).isZero();
        assertThat(Files.readAllLines(out.resolve("items.jsonl"))).hasSize(3);
        assertThat(withoutTimes(Files.readString(out.resolve("summary.json")))).isEqualTo(withoutTimes(summary));
    }

    private static String withoutTimes(String summary) {
        return summary.replaceAll("\"(wall_seconds|tokens_per_second|items_per_second)\".*", "");
    }

    @Test
    void unknownWordsAreWarnedOf() throws IOException {
        Path questions = folder.resolve("questions.jsonl");
        Files.writeString(questions, "{\"question\": \"Quark zygote?\", \"answer\": \"#### 1\"}\n[]\n");
        CommandRun run = eval(
                "--skip-bad",
                "--dataset",
                questions.toString(),
                "--out",
                folder.resolve("out").toString());
        assertThat(run.err().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("dllm4j: warning: questions.jsonl, line 2: it is not a JSON object; "),
                        line -> assertThat(line)
                                .matches(
                                        "dllm4j: warning: \\d+\\.\\d % of the prompts' tokens are unknown to the model; .*"));
        assertThat(run.exitCode()).isZero();
    }

    private CommandRun eval(String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "eval";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return Surroundings.cache(folder.resolve("cache")).run(arguments);
    }
}
