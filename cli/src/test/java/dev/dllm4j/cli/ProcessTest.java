package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: the locale's encoding, and signals. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the bytes of arguments are read where Linux keeps them")
@Timeout(120)
class ProcessTest {
    @TempDir
    static Path cache;

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatATimeoutLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void lettersBeyondAsciiSurviveALocaleThatHasNone() throws Exception {
        environment.put("LC_ALL", "C");
        Process process = start("generate", "--infill", "Zo\u00eb has 12 + 7 = [MASK:1] \u2026 caf\u00e9");
        assertThat(process.waitFor()).isZero();
        assertThat(err())
                .contains("unknown to the model (Zo\u00eb, \u2026, caf\u00e9); ")
                .hasLineCount(1);
        assertThat(out()).startsWith("Zo\u00eb has 12 + 7 = ").endsWith(" \u2026 caf\u00e9\n");
    }

    @Test
    void aFileNameThatTheLocaleCannotExpressIsSaid() throws Exception {
        environment.put("LC_ALL", "C");
        assertThat(start("generate", "x", "--trace", "gr\u00f6\u00dfe.jsonl").waitFor())
                .isEqualTo(2);
        assertThat(err())
                .isEqualTo(
                        "dllm4j: --trace is gr\u00f6\u00dfe.jsonl; it must be a file name that the locale can express, so"
                                + " run with LC_ALL=C.UTF-8\n");
    }

    /** By TERM, as a shell lets what it starts in the background ignore INT. */
    @Test
    void anInterruptedEvaluationSaysHowToGoOn() throws Exception {
        Path out = folder.resolve("run");
        Process process = start("eval", "--dataset=starter", "--strategy=schedule", "--out=" + out);
        Path items = out.resolve("items.jsonl");
        while (process.isAlive() && (!Files.exists(items) || Files.size(items) == 0)) {
            process.waitFor(5, TimeUnit.MILLISECONDS);
        }
        process.destroy();
        assertThat(process.waitFor()).isEqualTo(143);
        assertThat(err())
                .isEqualTo("dllm4j: interrupted; the answers so far are in " + out + ", so go on with --resume\n");
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        // What starts the process has a locale of its own, which may be as poor: the shell passes bytes on.
        Path script = folder.resolve("command.sh");
        Files.writeString(
                script,
                "exec "
                        + String.join(
                                " ",
                                command.stream().map(word -> "'" + word + "'").toList()) + "\n");
        ProcessBuilder builder = new ProcessBuilder("sh", script.toString())
                .directory(folder.toFile())
                .redirectOutput(folder.resolve("out.txt").toFile())
                .redirectError(folder.resolve("err.txt").toFile());
        builder.environment().putAll(environment);
        builder.environment().put(CacheFolder.VARIABLE, cache.toString());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String out() throws IOException {
        return Files.readString(folder.resolve("out.txt"));
    }

    /** Without what newer JDKs say of libraries on the class path, which the jar's manifest and the launcher allow. */
    private String err() throws IOException {
        return Files.readString(folder.resolve("err.txt")).replaceAll("(?m)^(WARNING: .*\n)+\n?", "");
    }
}
