package dev.dllm4j.eval;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process, which says whether it could lock a file: a JVM does not see what the system knows of its own locks. */
final class LockProbe {
    private LockProbe() {}

    public static void main(String[] arguments) throws IOException {
        try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
            System.exit(channel.tryLock() == null ? 1 : 0);
        }
    }

    static boolean canLock(Path file) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = Path.of(URI.create(LockProbe.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString();
        return new ProcessBuilder(java, "-cp", classes, LockProbe.class.getName(), file.toString())
                        .inheritIO()
                        .start()
                        .waitFor()
                == 0;
    }
}
