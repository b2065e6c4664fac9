package dev.dllm4j.server.testing;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * What the process holds that no garbage collection gives back.
 *
 * @param threads but for those of the JDK's HTTP client, which come and go as it likes
 * @param descriptors open files and sockets; 0 where the system does not say
 * @param directBytes of the virtual machine's buffers and Netty's
 */
public record Resources(int threads, long descriptors, long directBytes) {
    public static Resources now() {
        long buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return new Resources(
                (int) Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> !thread.getName().startsWith("HttpClient"))
                        .count(),
                ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                        ? unix.getOpenFileDescriptorCount()
                        : 0,
                buffers + Math.max(0, PlatformDependent.usedDirectMemory()));
    }

    /** Whether it holds no more than another, but for so many bytes that pools keep. */
    public boolean within(Resources other, long pooledBytes) {
        return threads <= other.threads
                && descriptors <= other.descriptors
                && directBytes <= other.directBytes + pooledBytes;
    }
}
