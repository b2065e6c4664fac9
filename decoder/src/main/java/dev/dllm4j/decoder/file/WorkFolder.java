package dev.dllm4j.decoder.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder that one process works in, {@code .NAME.work-PID-TIME}, beside the place where its result will be. Closing it
 * deletes it, and so does the end of the process by a signal. A process that is killed leaves it behind; the lock file
 * beside it is then free, and the next process that works in the same place deletes both.
 */
public final class WorkFolder implements AutoCloseable {
    /** Writers may still add a file while a signal's clean-up deletes. */
    private static final int DELETE_ATTEMPTS = 5;

    private static final String LOCK = ".lock";
    private static final Pattern NAME = Pattern.compile("\\.(.*\\.)?work-[0-9a-z-]+");
    /** Where a file system has no locks, and between two system calls of an owner, a folder's age must tell. */
    private static final Duration SURELY_LEFT = Duration.ofDays(1);

    /**
     * Lock files of this process: to open one a second time and close it would give the lock up, as locks are the
     * process's.
     */
    private static final Set<Path> OWNED = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path lockFile;
    private final @Nullable FileChannel lock;
    private final Thread onExit;

    private WorkFolder(Path path, Path lockFile, @Nullable FileChannel lock) {
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
        this.onExit = new Thread(this::deleteAll, "delete " + path.getFileName());
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /**
     * Makes an empty one, and deletes those of the same owner that killed processes left in {@code parent}.
     *
     * @param name of what is being made
     */
    public static WorkFolder create(Path parent, String name) throws IOException {
        while (true) {
            String unique = ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
            Path path = parent.resolve("." + name + ".work-" + unique);
            Path lockFile = lockOf(path);
            FileChannel channel;
            OWNED.add(lockFile.toAbsolutePath());
            try {
                channel = FileChannel.open(lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } catch (FileAlreadyExistsException e) {
                continue;
            }
            if (!locked(channel)) {
                channel.close();
                Files.deleteIfExists(lockFile);
                channel = null;
            }
            try {
                Files.createDirectory(path);
            } catch (IOException e) {
                if (channel != null) {
                    channel.close();
                }
                Files.deleteIfExists(lockFile);
                OWNED.remove(lockFile.toAbsolutePath());
                throw e;
            }
            sweep(parent, path);
            return new WorkFolder(path, lockFile, channel);
        }
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        deleteAll();
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            return; // the process is ending, and the hook at work
        }
    }

    /** Deletes a folder with all that is in it. What cannot be deleted stays. */
    public static void delete(Path folder) {
        for (int attempt = 0; attempt < DELETE_ATTEMPTS && ReadableFile.exists(folder); attempt++) {
            try (Stream<Path> tree = Files.walk(folder)) {
                for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(entry);
                }
            } catch (IOException | UncheckedIOException e) {
                // the next attempt meets whatever is left
            }
        }
    }

    private void deleteAll() {
        delete(path);
        try {
            if (lock != null) {
                lock.close();
            }
            Files.deleteIfExists(lockFile);
        } catch (IOException e) {
            return; // the failure that led here matters more
        } finally {
            OWNED.remove(lockFile.toAbsolutePath());
        }
    }

    private static boolean locked(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false; // a file system without locks, or a lock that another thread here has
        }
    }

    /** Failing to delete what others left is no failure of what comes next. */
    private static void sweep(Path parent, Path own) {
        try (Stream<Path> entries = Files.list(parent)) {
            UserPrincipal owner = Files.getOwner(own);
            entries.filter(entry -> NAME.matcher(withoutLock(entry)).matches())
                    .map(entry -> entry.resolveSibling(withoutLock(entry)))
                    .distinct()
                    .toList()
                    .forEach(folder -> sweep(folder, owner));
        } catch (IOException | UncheckedIOException | UnsupportedOperationException e) {
            return;
        }
    }

    private static void sweep(Path folder, UserPrincipal owner) {
        Path lockFile = lockOf(folder);
        try {
            Path there = ReadableFile.exists(folder) ? folder : lockFile;
            if (Files.getOwner(there, LinkOption.NOFOLLOW_LINKS).equals(owner) && abandoned(folder, lockFile)) {
                delete(folder);
                Files.deleteIfExists(lockFile);
            }
        } catch (IOException e) {
            return;
        }
    }

    private static boolean abandoned(Path folder, Path lockFile) throws IOException {
        if (OWNED.contains(lockFile.toAbsolutePath())) {
            return false;
        }
        if (!ReadableFile.exists(folder) || !ReadableFile.exists(lockFile)) {
            Path there = ReadableFile.exists(folder) ? folder : lockFile;
            return Files.getLastModifiedTime(there, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isBefore(Instant.now().minus(SURELY_LEFT));
        }
        ReadableFile.size(lockFile);
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            return locked(channel);
        }
    }

    private static Path lockOf(Path folder) {
        return folder.resolveSibling(folder.getFileName() + LOCK);
    }

    private static String withoutLock(Path entry) {
        String name = entry.getFileName().toString();
        return name.endsWith(LOCK) ? name.substring(0, name.length() - LOCK.length()) : name;
    }
}
