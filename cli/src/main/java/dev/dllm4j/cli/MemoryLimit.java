package dev.dllm4j.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import dev.dllm4j.cache.LayerCache;
import java.lang.management.ManagementFactory;

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
