package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the files of Linux say of memory, in a folder that looks like theirs. */
class SystemMemoryTest {
    private static final long MIB = 1 << 20;

    @TempDir
    private Path folder;

    private SystemMemory memory;

    @BeforeEach
    void aMachineHas8000MebibytesAvailable() throws IOException {
        memory = new SystemMemory(folder.resolve("proc"), folder.resolve("groups"));
        write("proc/meminfo", "MemTotal:       16384000 kB\nMemFree:  1000 kB\nMemAvailable:    8192000 kB\n");
    }

    @Test
    void withoutControlGroupsItIsWhatTheMachineHasAvailable() {
        assertThat(memory.available()).hasValue(8000 * MIB);
    }

    @Test
    void aGroupOfVersion2LeavesItsLimitLessWhatIsUsedAndNotPageCache() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        group("groups", 2048 * MIB, 1500 * MIB, 100 * MIB, 300 * MIB);
        assertThat(memory.available()).hasValue((2048 - 1500 + 100 + 300) * MIB);
    }

    @Test
    void ofGroupsInGroupsTheOneThatLeavesLeastCounts() throws IOException {
        write("proc/self/cgroup", "0::/pods/one\n");
        group("groups/pods/one", 4096 * MIB, 96 * MIB, 0, 0);
        group("groups/pods", 4096 * MIB, 3096 * MIB, 0, 0);
        assertThat(memory.available()).hasValue(1000 * MIB);
    }

    @Test
    void aGroupOutsideTheContainerIsLeftAsideForTheContainersOwn() throws IOException {
        write("proc/self/cgroup", "0::/../../pods/one\n");
        group("groups", 700 * MIB, 200 * MIB, 0, 0);
        assertThat(memory.available()).hasValue(500 * MIB);
    }

    @Test
    void aGroupWithoutALimitLimitsNothing() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("groups/memory.max", "max\n");
        write("groups/memory.current", "1000000\n");
        assertThat(memory.available()).hasValue(8000 * MIB);
    }

    @Test
    void aGroupOfVersion1CountsAsOneOfVersion2() throws IOException {
        write("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n");
        write("groups/memory/docker/abc/memory.limit_in_bytes", 1024 * MIB + "\n");
        write("groups/memory/docker/abc/memory.usage_in_bytes", 600 * MIB + "\n");
        write(
                "groups/memory/docker/abc/memory.stat",
                "active_file 1\ntotal_inactive_file " + 60 * MIB + "\ntotal_active_file " + 40 * MIB + "\n");
        write("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("groups/memory/memory.usage_in_bytes", "5\n");
        assertThat(memory.available()).hasValue(524 * MIB);
    }

    @Test
    void aGroupThatUsesMoreThanItsLimitLeavesNothing() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        group("groups", 100 * MIB, 120 * MIB, 0, 0);
        assertThat(memory.available()).hasValue(0);
    }

    @Test
    void whatIsNoNumberIsNotBelieved() throws IOException {
        write("proc/self/cgroup", "0::/\nnonsense\n");
        write("groups/memory.max", "-5\n");
        write("groups/memory.current", "a lot\n");
        assertThat(memory.available()).hasValue(8000 * MIB);
    }

    @Test
    void thisMachineHasSome() {
        assertThat(SystemMemory.ofMachine().available().orElse(0)).isGreaterThan(16 * MIB);
        assertThat(new SystemMemory(folder, folder).available().orElse(0)).isGreaterThan(16 * MIB);
    }

    private void group(String path, long limit, long used, long active, long inactive) throws IOException {
        write(path + "/memory.max", limit + "\n");
        write(path + "/memory.current", used + "\n");
        write(path + "/memory.stat", "anon 7\nactive_file " + active + "\ninactive_file " + inactive + "\n");
    }

    private void write(String file, String content) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.resolveSibling("."));
        Files.writeString(path, content);
    }
}
