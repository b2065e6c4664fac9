package dev.dllm4j.decoder.onnx;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * Memory that this process can still get. On Linux what {@code MemAvailable} says and what its control groups leave, the
 * page cache counted in, because it gives way; on Windows what is free; elsewhere all that is installed, because what is
 * free there leaves the page cache out.
 *
 * @param proc where Linux describes itself and its processes
 * @param groups where control groups are mounted, of version 1 or 2
 */
record SystemMemory(Path proc, Path groups) {
    /** Names of the files of a control group, and of its page cache in the last. */
    private record GroupFiles(String limit, String used, String active, String inactive) {}

    private static final GroupFiles VERSION_1 = new GroupFiles(
            "memory.limit_in_bytes", "memory.usage_in_bytes", "total_active_file", "total_inactive_file");
    private static final GroupFiles VERSION_2 =
            new GroupFiles("memory.max", "memory.current", "active_file", "inactive_file");
    private static final String STATISTICS = "memory.stat";
    private static final long KIBIBYTE = 1024;

    /** That of this machine. */
    static SystemMemory ofMachine() {
        return new SystemMemory(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
    }

    /** Bytes; empty where nothing says. */
    OptionalLong available() {
        OptionalLong system = value(lines(proc.resolve("meminfo")), "MemAvailable:");
        if (system.isEmpty()) {
            return elsewhere();
        }
        return LongStream.concat(LongStream.of(system.getAsLong() * KIBIBYTE), left())
                .min();
    }

    /** What each control group that the process is in leaves, where it has a limit. */
    private LongStream left() {
        List<OptionalLong> left = new ArrayList<>();
        for (String line : lines(proc.resolve("self").resolve("cgroup"))) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && fields[1].isEmpty()) {
                Path unified = groups.resolve("unified");
                addUpwards(left, Files.isDirectory(unified) ? unified : groups, fields[2], VERSION_2);
            } else if (fields.length == 3 && List.of(fields[1].split(",")).contains("memory")) {
                addUpwards(left, groups.resolve("memory"), fields[2], VERSION_1);
            }
        }
        return left.stream().flatMapToLong(OptionalLong::stream);
    }

    /** A group's limit holds for those in it. Of one that lies outside a container only the container's own is seen. */
    private static void addUpwards(List<OptionalLong> left, Path mount, String path, GroupFiles names) {
        Path group = mount.resolve(path.replaceFirst("^/+", "")).normalize();
        while (group.startsWith(mount) && !group.equals(mount)) {
            left.add(left(group, names));
            group = group.resolveSibling(".").normalize();
        }
        left.add(left(mount, names));
    }

    private static OptionalLong left(Path group, GroupFiles names) {
        OptionalLong limit = number(group.resolve(names.limit()));
        OptionalLong used = number(group.resolve(names.used()));
        if (limit.isEmpty() || used.isEmpty()) {
            return OptionalLong.empty();
        }
        List<String> statistics = lines(group.resolve(STATISTICS));
        long cached = value(statistics, names.active() + " ").orElse(0)
                + value(statistics, names.inactive() + " ").orElse(0);
        return OptionalLong.of(Math.max(0, limit.getAsLong() - used.getAsLong() + cached));
    }

    private static OptionalLong elsewhere() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system)) {
            return OptionalLong.empty();
        }
        boolean windows =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
        long bytes = windows ? system.getFreeMemorySize() : system.getTotalMemorySize();
        return bytes > 0 ? OptionalLong.of(bytes) : OptionalLong.empty();
    }

    /** The number of a file that is one; of {@code max} there is none. */
    private static OptionalLong number(Path file) {
        return value(lines(file), "");
    }

    /** The number after a word that a line begins with. */
    private static OptionalLong value(List<String> lines, String word) {
        return lines.stream()
                .filter(line -> line.startsWith(word))
                .map(line -> line.substring(word.length()).strip().split(" ", 2)[0])
                .filter(number -> number.matches("[0-9]{1,19}"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
