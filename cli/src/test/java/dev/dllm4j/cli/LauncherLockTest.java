package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several calls of the launcher at once, and calls that die. */
@DisabledOnOs(OS.WINDOWS)
class LauncherLockTest {
    @TempDir
    Path folder;

    private LauncherScene scene;

    @BeforeEach
    void createAProjectWithAJarThatIsNewerThanItsSources() throws IOException {
        scene = new LauncherScene(folder);
        scene.command("java", "");
    }

    /** What a build left that did not end may be half a jar, and is newer than the sources. */
    @Test
    void aBuildThatWasKilledIsMadeAgain() throws Exception {
        Files.delete(scene.jar());
        scene.command("mvn", "printf half > '" + scene.jar() + "'; kill -9 $PPID");
        assertThat(scene.run().exitCode()).isNotZero();
        assertThat(scene.jar()).hasContent("half");
        scene.command("mvn", ": > '" + scene.jar() + "'");
        assertThat(scene.run().exitCode()).isZero();
        assertThat(scene.jar()).isEmptyFile();
        assertThat(scene.run().err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofTwoCallsOneBuildsAndTheOtherWaits(boolean flock) throws Exception {
        assumeTrue(!flock || LauncherScene.found("flock").isPresent(), "this system has no flock");
        if (flock) {
            scene.command("flock", "exec " + LauncherScene.installed("flock") + " \"$@\"");
        }
        Files.delete(scene.jar());
        Path builds = folder.resolve("builds");
        scene.command(
                "mvn",
                "echo >> '" + builds + "'; printf half > '" + scene.jar() + "'; sleep 2; echo whole > '" + scene.jar()
                        + "'");
        scene.command("java", "cat '" + scene.jar() + "'");
        scene.command("cat", "exec " + LauncherScene.installed("cat") + " \"$@\"");

        List<Process> calls = new ArrayList<>();
        for (int call = 0; call < 3; call++) {
            calls.add(scene.start(scene.project(), scene.project().resolve("dllm4j"), "call" + call));
            Thread.sleep(call == 0 ? 0 : 1000);
        }
        for (Process call : calls) {
            assertThat(call.waitFor()).isZero();
        }

        assertThat(Files.readAllLines(builds)).hasSize(1);
        List<String> said = new ArrayList<>();
        for (int call = 0; call < 3; call++) {
            assertThat(folder.resolve("call" + call + ".out")).hasContent("whole");
            said.add(Files.readString(folder.resolve("call" + call + ".err")));
        }
        String waiting = "dllm4j: another call is building; waiting for it (log: " + scene.log() + ")\n";
        assertThat(said).filteredOn(waiting::equals).hasSize(2);
        assertThat(said)
                .filteredOn(line -> line.startsWith("dllm4j: building (first call"))
                .hasSize(1);
        assertThat(scene.project().resolve("target")).isDirectoryNotContaining("glob:**/build.lock.*");
    }

    @Test
    void theLinkOfACallThatDiedIsNotWaitedFor() throws Exception {
        Files.delete(scene.jar());
        Files.createDirectories(scene.project().resolve("target"));
        Process dead = new ProcessBuilder(LauncherScene.installed("sh").toString(), "-c", "exit").start();
        dead.waitFor();
        Files.createSymbolicLink(
                scene.project().resolve("target/build.lock.owner"), Path.of(String.valueOf(dead.pid())));
        scene.command("mvn", ": > '" + scene.jar() + "'");

        assertThat(scene.run().exitCode()).isZero();
        assertThat(scene.project().resolve("target")).isDirectoryNotContaining("glob:**/build.lock.*");
    }

    @Test
    void theLockIsGivenUpBeforeJavaRuns() throws Exception {
        scene.command("flock", "exec " + LauncherScene.installed("flock") + " \"$@\"");
        Files.delete(scene.jar());
        scene.command("mvn", ": > '" + scene.jar() + "'");
        scene.command("java", "flock -n '" + scene.project().resolve("target/build.lock") + "' echo free");
        scene.command("echo", "exec " + LauncherScene.installed("echo") + " \"$@\"");
        assertThat(scene.run().out()).isEqualTo("free\n");
    }
}
