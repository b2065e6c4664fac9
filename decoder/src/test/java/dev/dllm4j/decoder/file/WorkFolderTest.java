package dev.dllm4j.decoder.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
    @TempDir
    private Path parent;

    @Test
    void closingLeavesNothing() throws IOException {
        try (WorkFolder work = WorkFolder.create(parent, "model")) {
            Files.writeString(
                    Files.createDirectory(work.path().resolve("inner")).resolve("file"), "x");
            assertThat(work.path().getParent()).isEqualTo(parent);
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void whatAKilledProcessLeftIsDeletedByTheNextAndWhatALivingOneHasStays() throws Exception {
        Process killed = start();
        Path left = folderOf(killed);
        Process living = start();
        Path kept = folderOf(living);
        try {
            killed.destroyForcibly().waitFor();
            assertThat(left).isNotEmptyDirectory();
            try (WorkFolder ours = WorkFolder.create(parent, "other");
                    WorkFolder second = WorkFolder.create(parent, "other")) {
                assertThat(left).doesNotExist();
                assertThat(kept).isNotEmptyDirectory();
                assertThat(ours.path()).exists().isNotEqualTo(second.path());
            }
        } finally {
            living.destroyForcibly().waitFor();
        }
    }

    @Test
    void aFolderWithoutALockIsDeletedAfterADay() throws IOException {
        Path young = Files.createDirectory(parent.resolve(".model.work-1-a"));
        Path old = Files.createDirectory(parent.resolve(".work-17"));
        Path foreign = Files.createDirectory(parent.resolve("work-17"));
        FileTime twoDaysAgo = FileTime.from(Instant.now().minus(Duration.ofDays(2)));
        Files.setLastModifiedTime(old, twoDaysAgo);
        Files.setLastModifiedTime(foreign, twoDaysAgo);
        WorkFolder.create(parent, "model").close();
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(foreign).exists();
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        WorkFolderTest.class.getName(),
                        parent.toString())
                .redirectErrorStream(true)
                .start();
    }

    private static Path folderOf(Process process) throws IOException {
        return Path.of(new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine());
    }

    /** Makes a folder, says where, and waits to be killed. */
    public static void main(String[] arguments) throws IOException {
        WorkFolder work = WorkFolder.create(Path.of(arguments[0]), "model");
        Files.writeString(work.path().resolve("file"), "x");
        System.out.println(work.path());
        System.in.read();
    }
}
