package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The launcher in a project of its own, with nothing on the PATH but what a test puts there. Its jar is newer than its
 * sources, and its Java is 17.
 */
final class LauncherScene {
    private final Path folder;
    private final Path project;
    private final Path bin;
    private final Path jar;
    private final Map<String, String> environment = new HashMap<>();

    record Outcome(int exitCode, String out, String err) {}

    LauncherScene(Path folder) throws IOException {
        this.folder = folder;
        this.project = Files.createDirectories(folder.resolve("the project"));
        this.bin = Files.createDirectories(folder.resolve("bin"));
        Files.copy(Path.of(System.getProperty("dllm4j.root"), "dllm4j"), project.resolve("dllm4j"));
        for (String tool :
                List.of("dirname", "readlink", "sed", "find", "mkdir", "rm", "rmdir", "ln", "sleep", "tail")) {
            pass(tool);
        }
        if (found("ps").isPresent()) {
            pass("ps"); // Only to see other users' processes.
        }
        this.jar = write("cli/target/dllm4j.jar", "the jar", 0);
        write("pom.xml", "<project/>", -60);
        write("cli/pom.xml", "<project/>", -60);
        write("cli/src/main/java/Main.java", "class Main {}", -60);
        age(project.resolve("cli/src/main"), project.resolve("cli/src/main/java"));
        command("javac", "");
        release("17.0.15");
    }

    Path project() {
        return project;
    }

    Path bin() {
        return bin;
    }

    Path jar() {
        return jar;
    }

    /** What the launcher finds beside its PATH; a test may add to it. */
    Map<String, String> environment() {
        return environment;
    }

    Outcome run(String... arguments) throws Exception {
        return runFrom(project, project.resolve("dllm4j"), arguments);
    }

    Outcome runFrom(Path workingFolder, Path launcher, String... arguments) throws Exception {
        int exitCode = start(workingFolder, launcher, "run", arguments).waitFor();
        return new Outcome(
                exitCode, Files.readString(folder.resolve("run.out")), Files.readString(folder.resolve("run.err")));
    }

    /** @param name of the files with what it prints */
    Process start(Path workingFolder, Path launcher, String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(installed("sh").toString(), launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(workingFolder.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().putAll(environment);
        return builder.redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile())
                .start();
    }

    Path log() throws IOException {
        return project.toRealPath().resolve("target/build.log");
    }

    String changed() throws IOException {
        return "dllm4j: building (sources have changed: a minute or two; log: " + log() + ")\n";
    }

    Path write(String file, String content, int secondsFromNow) throws IOException {
        Path path = project.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
        Files.setLastModifiedTime(path, FileTime.from(Instant.now().plusSeconds(secondsFromNow)));
        return path;
    }

    private static void age(Path... folders) throws IOException {
        for (Path folder : folders) {
            Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minusSeconds(60)));
        }
    }

    void command(String name, String script) throws IOException {
        executable(bin.resolve(name), script);
    }

    /** Puts a tool of this system on the PATH. */
    void pass(String tool) throws IOException {
        command(tool, "exec " + installed(tool) + " \"$@\"");
    }

    static void executable(Path file, String script) throws IOException {
        Files.write(file, ("#!/bin/sh\n" + script + "\n").getBytes(UTF_8));
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    /** Of the JDK whose java is in the bin folder. */
    void release(String version) throws IOException {
        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
    }

    static Path installed(String tool) {
        return found(tool).orElseThrow();
    }

    static Optional<Path> found(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(entry -> Path.of(entry, tool))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
