package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledEvalTest {
    private static final int KILLS = 10;
    private static final int QUESTIONS = 100;
    private static final List<String> WORK = List.of("forwards", "rows_computed", "rows_full", "layers_refreshed");

    @TempDir
    Path folder;

    /** {@code kill -9} at a random moment, ten times; then the run is finished and is as if nothing had been. */
    @Test
    void killedTenTimesARunHasEachItemOnceAndTheSameScores() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path killed = folder.resolve("killed");
        int kills = 0;
        while (kills < KILLS) {
            Process process = start(killed, kills > 0);
            int until = lines(killed) + random.nextInt(3);
            while (process.isAlive() && lines(killed) < until) {
                process.waitFor(2, TimeUnit.MILLISECONDS);
            }
            process.waitFor(random.nextInt(30), TimeUnit.MILLISECONDS);
            assertThat(process.isAlive())
                    .as("killed before its end, seed " + seed)
                    .isTrue();
            process.destroyForcibly().waitFor();
            kills++;
        }
        assertThat(lines(killed)).as("seed " + seed).isLessThan(QUESTIONS);
        assertThat(start(killed, true).waitFor()).isZero();
        Path whole = folder.resolve("whole");
        assertThat(start(whole, false).waitFor()).isZero();

        assertThat(Files.readAllLines(killed.resolve("items.jsonl")))
                .as("seed " + seed)
                .hasSize(QUESTIONS);
        assertThat(items(killed)).as("seed " + seed).hasSize(QUESTIONS).isEqualTo(items(whole));
        assertThat(scores(killed)).as("seed " + seed).isEqualTo(scores(whole));
    }

    private Process start(Path out, boolean resume) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "eval",
                "--dataset=starter",
                "--limit=" + QUESTIONS,
                "--gen-length=64",
                "--strategy=schedule",
                "--threads=1",
                "--batch=4",
                "--out=" + out));
        if (resume) {
            command.add("--resume");
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve("out.txt").toFile())
                .redirectError(folder.resolve("err.txt").toFile());
        builder.environment().put(CacheFolder.VARIABLE, folder.resolve("cache").toString());
        return builder.start();
    }

    private static int lines(Path run) throws IOException {
        Path items = run.resolve("items.jsonl");
        return Files.exists(items)
                ? (int) Files.readString(items)
                        .chars()
                        .filter(character -> character == '\n')
                        .count()
                : 0;
    }

    /** By id, without what time it took. */
    private static Map<String, String> items(Path run) throws IOException {
        Map<String, String> items = new TreeMap<>();
        for (String line : Files.readAllLines(run.resolve("items.jsonl"))) {
            ObjectNode item = (ObjectNode) new ObjectMapper().readTree(line);
            item.remove("wall_ms");
            ((ObjectNode) item.path("usage").path("work")).retain(WORK);
            items.put(item.path("id").asText(), item.toString());
        }
        return items;
    }

    private static String scores(Path run) throws IOException {
        JsonNode summary =
                new ObjectMapper().readTree(run.resolve("summary.json").toFile());
        return summary.path("strict_by_item").textValue()
                + summary.path("flexible_by_item").textValue()
                + summary.path("forwards_by_item")
                + summary.path("completion_tokens_by_item")
                + summary.path("accuracy");
    }
}
