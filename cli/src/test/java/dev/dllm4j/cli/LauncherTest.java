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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher in a project of its own, with nothing on the PATH but what a test puts there. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final String ECHO_ARGUMENTS = "while [ \"$1\" != -jar ]; do shift; done; printf '[%s]' \"$@\"";

    @TempDir
    Path folder;

    private Path project;
    private Path bin;
    private Path jar;
    private final Map<String, String> environment = new HashMap<>();

    record Outcome(int exitCode, String out, String err) {}

    @BeforeEach
    void createAProjectWithAJarThatIsNewerThanItsSources() throws IOException {
        project = Files.createDirectories(folder.resolve("the project"));
        bin = Files.createDirectories(folder.resolve("bin"));
        Files.copy(Path.of(System.getProperty("dllm4j.root"), "dllm4j"), project.resolve("dllm4j"));
        for (String tool : List.of("dirname", "readlink", "sed", "find", "touch")) {
            command(tool, "exec " + installed(tool) + " \"$@\"");
        }
        jar = write("cli/target/dllm4j.jar", "the jar", 0);
        write("pom.xml", "<project/>", -60);
        write("cli/pom.xml", "<project/>", -60);
        write("cli/src/main/java/Main.java", "class Main {}", -60);
        age(project.resolve("cli/src/main"), project.resolve("cli/src/main/java"));
        command("java", ECHO_ARGUMENTS);
        command("javac", "");
        release("17.0.15");
    }

    @Test
    void aJarUpToDateIsRunWithTheArgumentsAsTheyAre() throws Exception {
        assertThat(run("generate", "two words", "--json"))
                .isEqualTo(new Outcome(0, "[-jar][" + jar.toRealPath() + "][generate][two words][--json]", ""));
    }

    /** Java grants a cache budget more direct memory than it does by itself; what it is not told stays as it is. */
    @Test
    void javaGrantsTheCacheBudget() throws Exception {
        command("java", "printf '[%s]' \"$@\"");
        assertThat(run("serve", "--cache-budget", "6g").out()).contains("[-XX:MaxDirectMemorySize=6656m]");
        assertThat(run("serve", "--cache-budget=2048m", "--port", "1").out())
                .contains("[-XX:MaxDirectMemorySize=2560m]")
                .endsWith("[serve][--cache-budget=2048m][--port][1]");
        for (List<String> arguments : List.of(
                List.of("serve"),
                List.of("serve", "--cache-budget", "64k"),
                List.of("serve", "--cache-budget", "many"),
                List.of("serve", "--cache-budget", "$(touch x)g"),
                List.of("serve", "--cache-budget"))) {
            assertThat(run(arguments.toArray(String[]::new)).out()).doesNotContain("MaxDirectMemorySize");
        }
    }

    @Test
    void itFindsItsProjectThroughALinkFromAnotherFolder() throws Exception {
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
        Files.createSymbolicLink(elsewhere.resolve("first"), Path.of("../the project/dllm4j"));
        Path link = Files.createSymbolicLink(elsewhere.resolve("second"), elsewhere.resolve("first"));
        assertThat(runFrom(folder, link).out()).isEqualTo("[-jar][" + jar.toRealPath() + "]");
    }

    @Test
    void withoutJavaItAsksForAJdk() throws Exception {
        Files.delete(bin.resolve("java"));
        assertThat(run())
                .isEqualTo(failure("java is not on the PATH; install a JDK 17 or newer, or point JAVA_HOME at one"));
    }

    @Test
    void aJavaHomeWithoutJavaIsNamed() throws Exception {
        environment.put("JAVA_HOME", "/no/such/jdk");
        assertThat(run())
                .isEqualTo(failure("JAVA_HOME is /no/such/jdk; it has no bin/java, so point it at a JDK 17 or newer"));
    }

    @Test
    void anOldJavaIsRefusedByItsReleaseFile() throws Exception {
        release("11.0.2");
        assertThat(run())
                .isEqualTo(failure("java is " + bin.resolve("java")
                        + ", version 11.0.2; it must be 17 or newer, so install a JDK 17 or point JAVA_HOME at one"));
    }

    @Test
    void aJavaWithoutAReleaseFileIsAskedForItsVersion() throws Exception {
        Files.delete(folder.resolve("release"));
        command("java", "echo 'openjdk version \"1.8.0_292\"' >&2");
        assertThat(run().err())
                .startsWith("dllm4j: java is " + bin.resolve("java") + ", version 1.8.0_292; it must be");
        command("java", "[ \"$1\" != -version ] || echo 'openjdk version \"25\" 2025-09-16' >&2");
        assertThat(run()).isEqualTo(new Outcome(0, "", ""));
    }

    @Test
    void javaHomeGoesBeforeThePath() throws Exception {
        release("11.0.2");
        Path home = Files.createDirectories(folder.resolve("jdk"));
        Files.createDirectories(home.resolve("bin"));
        executable(home.resolve("bin/java"), ECHO_ARGUMENTS);
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"21.0.1\"\n");
        environment.put("JAVA_HOME", home.toString());
        assertThat(run().exitCode()).isZero();
    }

    @Test
    void aMissingJarIsBuilt() throws Exception {
        Files.delete(jar);
        command("mvn", "echo \"mvn $*\"; : > '" + jar + "'");
        Outcome outcome = run("models");
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).isEqualTo("[-jar][" + jar.toRealPath() + "][models]");
        assertThat(outcome.err().lines())
                .hasSize(2)
                .startsWith("dllm4j: building\u2026")
                .last()
                .asString()
                .contains("-pl cli -am", "-DskipTests", "package");
    }

    @Test
    void aJarOlderThanASourceOrAPomIsBuiltAgain() throws Exception {
        command("mvn", "touch '" + jar + "'");
        for (String newer : List.of("pom.xml", "cli/pom.xml", "cli/src/main/java/Main.java")) {
            write("cli/target/dllm4j.jar", "", -30);
            write(newer, "changed", -20);
            assertThat(run().err()).as(newer).isEqualTo("dllm4j: building\u2026\n");
            assertThat(run().err()).as(newer + ", again").isEmpty();
        }
    }

    @Test
    void trainingHasAJarOfItsOwnThatIsBuiltWhenItIsFirstAskedFor() throws Exception {
        Path training = project.resolve("train/target/dllm4j-train.jar");
        command("mvn", "echo \"mvn $*\"; mkdir -p '" + training.getParent() + "'; : > '" + training + "'");
        command("mkdir", "exec " + installed("mkdir") + " \"$@\"");
        Outcome outcome = run("train", "starter", "--minutes", "5");
        assertThat(outcome.out()).isEqualTo("[-jar][" + training.toRealPath() + "][starter][--minutes][5]");
        assertThat(outcome.err()).contains("-pl train -am");
        assertThat(run("train", "problems").err()).isEmpty();
    }

    @Test
    void aChangeInTrainingConcernsItsJarAlone() throws Exception {
        write("train/target/dllm4j-train.jar", "", -30);
        write("train/src/main/java/Main.java", "changed", 20);
        command("mvn", "");
        assertThat(run("models").err()).isEmpty();
        assertThat(run("train", "problems").err()).isEqualTo("dllm4j: building\u2026\n");
        write("train/target/dllm4j-train.jar", "", 30);
        write("cli/src/main/java/Main.java", "changed", 40);
        assertThat(run("train", "problems").err()).isEmpty();
    }

    @Test
    void withoutMavenOrACompilerABuildIsNotBegun() throws Exception {
        Files.delete(jar);
        assertThat(run())
                .isEqualTo(failure("mvn is not on the PATH; the jar has to be built, so install Maven 3.8.7 or newer"));
        command("mvn", "");
        Files.delete(bin.resolve("javac"));
        assertThat(run())
                .isEqualTo(failure("java is " + bin.resolve("java")
                        + ", without a compiler; the jar has to be built, so install a JDK, not only a JRE"));
    }

    @Test
    void aFailedBuildShowsMavensMessagesAndRunsNothing() throws Exception {
        Files.delete(jar);
        command("mvn", "echo '[ERROR] cannot find symbol'; exit 1");
        assertThat(run()).isEqualTo(new Outcome(1, "", """
                dllm4j: building…
                [ERROR] cannot find symbol
                dllm4j: the build failed; Maven's messages are above
                """));
    }

    @Test
    void withoutALocaleJavaReadsArgumentsAsUtf8() throws Exception {
        command("java", "echo \"${LC_ALL:-none} ${LANG:-none}\"");
        assertThat(run().out()).isEqualTo("C.UTF-8 none\n");
        environment.put("LANG", "de_DE.UTF-8");
        assertThat(run().out()).isEqualTo("none de_DE.UTF-8\n");
    }

    /** Under C the JDK would read arguments and file names as ASCII. */
    @Test
    void aLocaleWithoutLettersBeyondAsciiIsTheSame() throws Exception {
        command("java", "echo \"${LC_ALL:-none} ${LANG:-none}\"");
        for (String locale : List.of("C", "POSIX")) {
            environment.put("LC_ALL", locale);
            assertThat(run().out()).isEqualTo("C.UTF-8 none\n");
        }
        environment.remove("LC_ALL");
        environment.put("LANG", "C");
        assertThat(run().out()).isEqualTo("C.UTF-8 C\n");
        environment.put("LC_CTYPE", "de_DE.UTF-8");
        assertThat(run().out()).isEqualTo("none C\n");
    }

    @Test
    void helpForTrainingIsTrainings() throws Exception {
        write("train/target/dllm4j-train.jar", "", 30);
        assertThat(run("help", "train").out()).endsWith("dllm4j-train.jar][--help]");
        assertThat(run("help", "eval").out()).endsWith("dllm4j.jar][help][eval]");
    }

    @Test
    void onnxRuntimeIsToldToKeepQuiet() throws Exception {
        command("java", "echo \"$ORT_DISABLE_TELEMETRY\"");
        assertThat(run().out()).isEqualTo("1\n");
        environment.put("ORT_DISABLE_TELEMETRY", "0");
        assertThat(run().out()).isEqualTo("0\n");
    }

    private Outcome run(String... arguments) throws Exception {
        return runFrom(project, project.resolve("dllm4j"), arguments);
    }

    private Outcome runFrom(Path workingFolder, Path launcher, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(installed("sh").toString(), launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(workingFolder.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().putAll(environment);
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        int exitCode = builder.redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start()
                .waitFor();
        return new Outcome(exitCode, Files.readString(out), Files.readString(err));
    }

    private static Outcome failure(String message) {
        return new Outcome(1, "", "dllm4j: " + message + "\n");
    }

    private Path write(String file, String content, int secondsFromNow) throws IOException {
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

    private void command(String name, String script) throws IOException {
        executable(bin.resolve(name), script);
    }

    private static void executable(Path file, String script) throws IOException {
        Files.write(file, ("#!/bin/sh\n" + script + "\n").getBytes(UTF_8));
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    /** Of the JDK whose java is in the bin folder. */
    private void release(String version) throws IOException {
        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
    }

    private static Path installed(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(entry -> Path.of(entry, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }
}
