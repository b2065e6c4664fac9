package dev.dllm4j.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import dev.dllm4j.cache.LayerCache;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What can be had besides the Java heap.
 *
 * @param granted bytes of direct memory that this JVM grants
 * @param installed bytes of memory that the machine has, or the container
 */
record MemoryLimit(long granted, long installed) {
    private static final long MEBIBYTE = 1 << 20;

    static MemoryLimit now() {
        HotSpotDiagnosticMXBean vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long option = Long.parseLong(vm.getVMOption("MaxDirectMemorySize").getValue());
        // Where the option is not set, Java grants as much as the heap may have.
        return new MemoryLimit(option > 0 ? option : Runtime.getRuntime().maxMemory(), system.getTotalMemorySize());
    }

    /** Bytes that the machine, or the container, can still give; what it only keeps of files counts where it says so. */
    static long free() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            Map<String, Long> sizes = lines.filter(line -> line.endsWith(" kB"))
                    .collect(Collectors.toMap(
                            line -> line.substring(0, line.indexOf(':')),
                            line -> 1024 * Long.parseLong(line.replaceAll(".*:|\\D", ""))));
            boolean whole = sizes.getOrDefault("MemTotal", 0L) <= system.getTotalMemorySize();
            return whole ? sizes.getOrDefault("MemAvailable", system.getFreeMemorySize()) : system.getFreeMemorySize();
        } catch (IOException e) {
            return system.getFreeMemorySize();
        }
    }

    /**
     * A cache with a budget.
     *
     * @throws IllegalArgumentException if it is above what is taken where nothing is said, and cannot be had; that itself
     *     may be more than a small JVM grants, and the cache makes do
     */
    static LayerCache cache(long budget) {
        if (budget > LayerCache.DEFAULT_BUDGET) {
            now().require(budget);
        }
        return new LayerCache(budget);
    }

    /** @throws IllegalArgumentException if a cache budget cannot be had */
    void require(long cacheBudget) {
        if (cacheBudget > installed) {
            throw new IllegalArgumentException("cache budget is " + mebibytes(cacheBudget) + "; it must be at most the "
                    + mebibytes(installed) + " of memory there is, so lower it");
        }
        if (cacheBudget > granted) {
            throw new IllegalArgumentException("cache budget is " + mebibytes(cacheBudget) + "; it must be at most the "
                    + mebibytes(granted) + " of direct memory that this JVM grants, so lower it or start Java with"
                    + " -XX:MaxDirectMemorySize=" + cacheBudget);
        }
    }

    private static String mebibytes(long bytes) {
        return bytes / MEBIBYTE + " MiB";
    }
}
