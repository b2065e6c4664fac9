package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.LauncherScene.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    private LauncherScene scene;

    @BeforeEach
    void createAProjectWithAJarThatIsNewerThanItsSources() throws IOException {
        scene = new LauncherScene(folder);
        command("java", ECHO_ARGUMENTS);
    }

    @Test
    void aJarUpToDateIsRunWithTheArgumentsAsTheyAre() throws Exception {
        assertThat(run("generate", "two words", "--json"))
                .isEqualTo(new Outcome(0, "[-jar][" + scene.jar().toRealPath() + "][generate][two words][--json]", ""));
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
        assertThat(scene.runFrom(folder, link).out())
                .isEqualTo("[-jar][" + scene.jar().toRealPath() + "]");
    }

    @Test
    void withoutJavaItAsksForAJdk() throws Exception {
        Files.delete(scene.bin().resolve("java"));
        assertThat(run())
                .isEqualTo(failure("java is not on the PATH; install a JDK 17 or newer, or point JAVA_HOME at one"));
    }

    @Test
    void aJavaHomeWithoutJavaIsNamed() throws Exception {
        scene.environment().put("JAVA_HOME", "/no/such/jdk");
        assertThat(run())
                .isEqualTo(failure("JAVA_HOME is /no/such/jdk; it has no bin/java, so point it at a JDK 17 or newer"));
    }

    @Test
    void anOldJavaIsRefusedByItsReleaseFile() throws Exception {
        scene.release("11.0.2");
        assertThat(run())
                .isEqualTo(failure("java is " + scene.bin().resolve("java")
                        + ", version 11.0.2; it must be 17 or newer, so install a JDK 17 or point JAVA_HOME at one"));
    }

    @Test
    void aJavaWithoutAReleaseFileIsAskedForItsVersion() throws Exception {
        Files.delete(folder.resolve("release"));
        command("java", "echo 'openjdk version \"1.8.0_292\"' >&2");
        assertThat(run().err())
                .startsWith("dllm4j: java is " + scene.bin().resolve("java") + ", version 1.8.0_292; it must be");
        command("java", "[ \"$1\" != -version ] || echo 'openjdk version \"25\" 2025-09-16' >&2");
        assertThat(run()).isEqualTo(new Outcome(0, "", ""));
    }

    @Test
    void javaHomeGoesBeforeThePath() throws Exception {
        scene.release("11.0.2");
        Path home = Files.createDirectories(folder.resolve("jdk"));
        Files.createDirectories(home.resolve("bin"));
        LauncherScene.executable(home.resolve("bin/java"), ECHO_ARGUMENTS);
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"21.0.1\"\n");
        scene.environment().put("JAVA_HOME", home.toString());
        assertThat(run().exitCode()).isZero();
    }

    @Test
    void aMissingJarIsBuilt() throws Exception {
        Files.delete(scene.jar());
        command("mvn", "echo \"mvn $*\"; : > '" + scene.jar() + "'");
        Outcome outcome = run("models");
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).isEqualTo("[-jar][" + scene.jar().toRealPath() + "][models]");
        assertThat(outcome.err())
                .isEqualTo("dllm4j: building (first call: a minute or two, and what Maven has to download; log: "
                        + scene.log() + ")\n");
        assertThat(scene.log()).content().contains("-pl cli -am", "-DskipTests", "package");
        assertThat(run("models").err()).isEmpty();
    }

    @Test
    void aJarOlderThanASourceOrAPomIsBuiltAgain() throws Exception {
        command("mvn", ": > '" + scene.jar() + "'");
        for (String newer : List.of("pom.xml", "cli/pom.xml", "cli/src/main/java/Main.java")) {
            scene.write("cli/target/dllm4j.jar", "", -30);
            scene.write(newer, "changed", -20);
            assertThat(run().err()).as(newer).isEqualTo(scene.changed());
            assertThat(run().err()).as(newer + ", again").isEmpty();
        }
    }

    @Test
    void trainingHasAJarOfItsOwnThatIsBuiltWhenItIsFirstAskedFor() throws Exception {
        Path training = scene.project().resolve("train/target/dllm4j-train.jar");
        command("mvn", "echo \"mvn $*\"; mkdir -p '" + training.getParent() + "'; : > '" + training + "'");
        Outcome outcome = run("train", "starter", "--minutes", "5");
        assertThat(outcome.out()).isEqualTo("[-jar][" + training.toRealPath() + "][starter][--minutes][5]");
        assertThat(outcome.err()).contains("112 MB of libtorch");
        assertThat(scene.log()).content().contains("-pl train -am").doesNotContain("libtorch=false");
        assertThat(run("train", "problems").err()).isEmpty();
    }

    /** Options that every command has may stand before it. */
    @Test
    void aCommandThatNeedsLibtorchNeedsItAfterAnOptionToo() throws Exception {
        Path training = scene.project().resolve("train/target/dllm4j-train.jar");
        command("mvn", "echo \"mvn $*\"; mkdir -p '" + training.getParent() + "'; : > '" + training + "'");
        assertThat(run("train", "--verbose", "starter").out())
                .isEqualTo("[-jar][" + training.toRealPath() + "][--verbose][starter]");
        assertThat(scene.log()).content().doesNotContain("libtorch=false");
    }

    @Test
    void whatNeedsNoLibtorchIsBuiltWithoutIt() throws Exception {
        Path light = scene.project().resolve("train/target/dllm4j-train-light.jar");
        command("mvn", "echo \"mvn $*\"; : > '" + light + "'");
        for (List<String> arguments : List.of(
                List.<String>of(),
                List.of("--help"),
                List.of("--version"),
                List.of("starter", "--help"),
                List.of("rainbow", "-h"),
                List.of("problems", "--count", "5"),
                List.of("--verbose"),
                List.of("--verbose", "problems", "--count", "5"),
                List.of("--verbose", "--help"),
                List.of("end-share"))) {
            Files.deleteIfExists(light);
            List<String> command = new ArrayList<>(List.of("train"));
            command.addAll(arguments);
            assertThat(run(command.toArray(String[]::new)))
                    .as(command.toString())
                    .satisfies(outcome -> assertThat(outcome.out()).startsWith("[-jar][" + light.toRealPath() + "]"))
                    .satisfies(outcome -> assertThat(outcome.err()).doesNotContain("libtorch"));
            assertThat(scene.log()).content().contains("-Dlibtorch=false");
        }
        scene.write("train/target/dllm4j-train.jar", "", 0);
        assertThat(run("train", "--help").out()).contains("/dllm4j-train.jar]");
    }

    @Test
    void aChangeInTrainingConcernsItsJarAlone() throws Exception {
        scene.write("train/target/dllm4j-train.jar", "", -30);
        scene.write("train/src/main/java/Main.java", "changed", 20);
        command("mvn", "");
        assertThat(run("models").err()).isEmpty();
        assertThat(run("train", "starter").err()).isEqualTo(scene.changed());
        scene.write("train/target/dllm4j-train.jar", "", 30);
        scene.write("cli/src/main/java/Main.java", "changed", 40);
        assertThat(run("train", "problems").err()).isEmpty();
    }

    @Test
    void withoutMavenOrACompilerABuildIsNotBegun() throws Exception {
        Files.delete(scene.jar());
        assertThat(run())
                .isEqualTo(failure("mvn is not on the PATH; the jar has to be built, so install Maven 3.8.7 or newer"));
        command("mvn", "");
        Files.delete(scene.bin().resolve("javac"));
        assertThat(run())
                .isEqualTo(failure("java is " + scene.bin().resolve("java")
                        + ", without a compiler; the jar has to be built, so install a JDK, not only a JRE"));
    }

    @Test
    void aFailedBuildShowsMavensMessagesAndRunsNothing() throws Exception {
        Files.delete(scene.jar());
        command("mvn", "echo '[ERROR] cannot find symbol'; exit 1");
        assertThat(run())
                .isEqualTo(new Outcome(
                        1,
                        "",
                        "dllm4j: building (first call: a minute or two, and what Maven has to download; log: "
                                + scene.log()
                                + ")\n[ERROR] cannot find symbol\ndllm4j: the build failed; Maven's messages are"
                                + " above, and all of them in " + scene.log() + "\n"));
        command("mvn", "echo 'no such file: javac' >&2; exit 1");
        assertThat(run().err()).as("what Maven itself does not mark").contains("\nno such file: javac\n");
    }

    @Test
    void withoutALocaleJavaReadsArgumentsAsUtf8() throws Exception {
        command("java", "echo \"${LC_ALL:-none} ${LANG:-none}\"");
        assertThat(run().out()).isEqualTo("C.UTF-8 none\n");
        scene.environment().put("LANG", "de_DE.UTF-8");
        assertThat(run().out()).isEqualTo("none de_DE.UTF-8\n");
    }

    /** Under C the JDK would read arguments and file names as ASCII. */
    @Test
    void aLocaleWithoutLettersBeyondAsciiIsTheSame() throws Exception {
        command("java", "echo \"${LC_ALL:-none} ${LANG:-none}\"");
        for (String locale : List.of("C", "POSIX")) {
            scene.environment().put("LC_ALL", locale);
            assertThat(run().out()).isEqualTo("C.UTF-8 none\n");
        }
        scene.environment().remove("LC_ALL");
        scene.environment().put("LANG", "C");
        assertThat(run().out()).isEqualTo("C.UTF-8 C\n");
        scene.environment().put("LC_CTYPE", "de_DE.UTF-8");
        assertThat(run().out()).isEqualTo("none C\n");
    }

    @Test
    void helpForTrainingIsTrainings() throws Exception {
        scene.write("train/target/dllm4j-train.jar", "", 30);
        assertThat(run("help", "train").out()).endsWith("dllm4j-train.jar][--help]");
        assertThat(run("help", "eval").out()).endsWith("dllm4j.jar][help][eval]");
    }

    @Test
    void onnxRuntimeIsToldToKeepQuiet() throws Exception {
        command("java", "echo \"$ORT_DISABLE_TELEMETRY\"");
        assertThat(run().out()).isEqualTo("1\n");
        scene.environment().put("ORT_DISABLE_TELEMETRY", "0");
        assertThat(run().out()).isEqualTo("0\n");
    }

    private Outcome run(String... arguments) throws Exception {
        return scene.run(arguments);
    }

    private void command(String name, String script) throws IOException {
        scene.command(name, script);
    }

    private static Outcome failure(String message) {
        return new Outcome(1, "", "dllm4j: " + message + "\n");
    }
}
