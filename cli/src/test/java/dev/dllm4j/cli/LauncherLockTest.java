package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several calls of the launcher at once, and calls that die. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(120)
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
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBuildThatWasKilledIsMadeAgain(boolean flock) throws Exception {
        lockWith(flock);
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
        lockWith(flock);
        Files.delete(scene.jar());
        Path builds = folder.resolve("builds");
        Path end = folder.resolve("end");
        scene.command(
                "mvn",
                "printf half > '" + scene.jar() + "'; echo >> '" + builds + "'; while [ -f '" + builds
                        + "' ] && [ ! -f '" + end + "' ]; do sleep 0.1; done; echo whole > '" + scene.jar() + "'");
        scene.command("java", "cat '" + scene.jar() + "'");
        scene.pass("cat");

        String waiting = "dllm4j: another call is building; waiting for it (log: " + scene.log() + ")\n";
        List<Process> calls = new ArrayList<>(List.of(start("call0")));
        await(() -> Files.exists(builds));
        for (String call : List.of("call1", "call2")) {
            calls.add(start(call));
            await(() -> said(call).equals(waiting));
        }
        Files.createFile(end);
        for (Process call : calls) {
            assertThat(call.waitFor()).isZero();
        }

        assertThat(Files.readAllLines(builds)).hasSize(1);
        List<String> said = new ArrayList<>();
        for (int call = 0; call < 3; call++) {
            assertThat(folder.resolve("call" + call + ".out")).hasContent("whole");
            said.add(said("call" + call));
        }
        assertThat(said).filteredOn(waiting::equals).hasSize(2);
        assertThat(said)
                .filteredOn(line -> line.startsWith("dllm4j: building (first call"))
                .hasSize(1);
        assertThat(scene.project().resolve("target")).isDirectoryNotContaining("glob:**/build.lock.*");
    }

    /** Training's other jar, whose libraries are written anew. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallWithAJarUpToDateWaitsForTheBuildOfAnother(boolean flock) throws Exception {
        lockWith(flock);
        Path owner = lock().resolveSibling("build.lock.owner");
        Process builder;
        if (flock) {
            builder = holder("-x");
        } else {
            builder = new ProcessBuilder(LauncherScene.installed("cat").toString()).start();
            Files.createSymbolicLink(owner, Path.of(String.valueOf(builder.pid())));
        }
        Process call = start("call");
        await(() -> said("call").contains("another call is building; waiting for it"));
        assertThat(call.isAlive()).isTrue();
        Files.deleteIfExists(owner);
        builder.getOutputStream().close();
        assertThat(call.waitFor()).isZero();
    }

    @Test
    void callsWithAJarUpToDateDoNotWaitForEachOther() throws Exception {
        lockWith(true);
        Process other = holder("-s");
        assertThat(scene.run()).isEqualTo(new LauncherScene.Outcome(0, "", ""));
        other.getOutputStream().close();
    }

    /** E.g. as a user who may not read or write what another one has built. */
    @Test
    void aJarUpToDateIsRunThoughTheLockCannotBeHad() throws Exception {
        lock();
        scene.command("flock", "exit 66");
        assertThat(scene.run()).isEqualTo(new LauncherScene.Outcome(0, "", ""));
    }

    @Test
    void aBuildWhoseLockCannotBeWrittenIsNotBegun() throws Exception {
        Files.delete(scene.jar());
        scene.write("target", "a file where the folder has to be", 0);
        assertThat(scene.run().err())
                .isEqualTo(
                        "dllm4j: " + scene.log().resolveSibling("build.lock") + " cannot be written; the jar has to be"
                                + " built, so make " + scene.project().toRealPath() + " writable\n");
    }

    @Test
    void theLinkOfACallThatDiedIsNotWaitedFor() throws Exception {
        Process dead = new ProcessBuilder(LauncherScene.installed("sh").toString(), "-c", "exit").start();
        dead.waitFor();
        Files.createSymbolicLink(lock().resolveSibling("build.lock.owner"), Path.of(String.valueOf(dead.pid())));
        assertThat(scene.run()).as("up to date").isEqualTo(new LauncherScene.Outcome(0, "", ""));
        Files.delete(scene.jar());
        scene.command("mvn", ": > '" + scene.jar() + "'");

        assertThat(scene.run().exitCode()).isZero();
        assertThat(scene.project().resolve("target")).isDirectoryNotContaining("glob:**/build.lock.*");
    }

    @Test
    void theLockIsGivenUpBeforeJavaRuns() throws Exception {
        lockWith(true);
        Files.delete(scene.jar());
        scene.command("mvn", ": > '" + scene.jar() + "'");
        scene.command("java", "flock -n '" + scene.project().resolve("target/build.lock") + "' echo free");
        scene.pass("echo");
        assertThat(scene.run().out()).isEqualTo("free\n");
    }

    private void lockWith(boolean flock) throws IOException {
        if (flock) {
            assumeTrue(LauncherScene.found("flock").isPresent(), "this system has no flock");
            scene.pass("flock");
        }
    }

    /** The lock's file, as an earlier build has left it. */
    private Path lock() throws IOException {
        return scene.write("target/build.lock", "", 0);
    }

    /**
     * Holds the lock until its input is closed.
     *
     * @param kind flock's option: -s for a shared lock, -x for one of its own
     */
    private Process holder(String kind) throws IOException {
        String flock = LauncherScene.installed("flock").toString();
        Process process = new ProcessBuilder(flock, kind, lock().toString(), "sh", "-c", "echo held; exec cat").start();
        assertThat(process.inputReader().readLine()).isEqualTo("held");
        return process;
    }

    private Process start(String name) throws IOException {
        return scene.start(scene.project(), scene.project().resolve("dllm4j"), name);
    }

    private String said(String name) throws IOException {
        return Files.readString(folder.resolve(name + ".err"));
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            Thread.sleep(10);
        }
    }
}
