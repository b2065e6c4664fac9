package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.cli.CommandRun.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the bundled starter: a grid is evaluated and set against each other, and systems are timed. */
class TournamentCommandTest {
    @TempDir
    Path folder;

    @Test
    void aGridIsEvaluatedAndSetAgainstEachOther() {
        Path out = folder.resolve("out");
        CommandRun eval = run(
                "eval",
                "--dataset=starter",
                "--limit=4",
                "--gen-length=64",
                "--strategy=threshold({0.5,0.9})",
                "--strategy=topk(2)",
                "--out=" + out);
        assertThat(eval.exitCode()).as(eval.err()).isZero();

        CommandRun run = run("tournament", out.toString(), "--recommend", "100");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines().limit(2))
                .containsExactly(
                        "| strategy | cache | correct | 95 % interval | forwards an item | tokens a forward | tokens a"
                                + " second | rows saved |",
                        "| --- | --- | --- | --- | --- | --- | --- | --- |");
        assertThat(run.out())
                .contains("| `threshold(0.5)` | `none` | ", "| `threshold(0.9)` | `none` | ", "| `topk(2)` | `none` | ")
                .contains("AUP of threshold: ", "AUP of topk: ")
                .contains("fastest within 100.0 points of ", "  ./dllm4j generate \"…\" --model starter --strategy ");
        assertThat(out)
                .isDirectoryContaining("glob:**/tournament.html")
                .isDirectoryContaining("glob:**/pareto-forward.svg")
                .isDirectoryContaining("glob:**/pareto-second.png");
    }

    @Test
    void systemsAreTimedInTurn() throws IOException {
        Path out = folder.resolve("wall.json");
        String[] options = {
            "bench",
            "--dataset=starter",
            "--limit=2",
            "--rounds=2",
            "--out=" + out,
            "--system",
            "plain: --strategy schedule --gen-length 64",
            "--system",
            "fast: --strategy threshold --gen-length 64 --cache dual"
        };
        CommandRun run = run(options);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches("plain: .* s, 1\\.00 times as fast, with .* 1\\.00 times as few"),
                        line -> assertThat(line).startsWith("fast: "));
        JsonNode json = new ObjectMapper().readTree(out.toFile());
        JsonNode fast = json.path("systems").path(1);
        assertThat(fast.path("settings").path("cache").textValue()).isEqualTo("dual");
        assertThat(fast.path("seconds")).hasSize(2);
        assertThat(fast.path("forward_speedup").doubleValue()).isGreaterThan(1);

        assertThat(run(options).err())
                .isEqualTo("dllm4j: out is " + out + "; it exists already, so name another file\n");
    }

    @Test
    void aSystemThatIsNoneIsRefused() {
        assertSystem("plain", "system is plain; it must be a name, a colon and options of eval, e.g. \"plain:");
        assertSystem("a: --strategy none", "system a: ");
        assertSystem(
                "a: --cache elastic --prefix-reuse",
                "system a has --prefix-reuse; every round asks the same questions and would start from the last one's");
    }

    private void assertSystem(String system, String message) {
        CommandRun run = run("bench", "--dataset=starter", "--out=" + folder.resolve("wall.json"), "--system", system);
        assertThat(run.err()).startsWith("dllm4j: " + message);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.exitCode()).isEqualTo(2);
    }

    private CommandRun run(String... arguments) {
        return Surroundings.cache(folder.resolve("cache")).run(arguments);
    }
}
