package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the requests for one model become sequences: template and tokenizer run here, on threads of the model's own, so
 * that whoever is slow holds up nobody else's. Requests that are read or wait to be take up room by the bytes of their
 * bodies; what finds none is refused. Thread-safe; ends with its {@link Vertx}.
 */
final class Intake {
    private static final int THREADS = 4;
    /** Room for so many bodies of the greatest length. */
    private static final int BODIES = 8;
    /** So that no more than 256 wait, however small. */
    private static final int SMALLEST_SHARE = 32;

    private final WorkerExecutor workers;
    private final long roomBytes;
    private final long leastBytes;
    private final AtomicLong takenBytes = new AtomicLong();

    /** @param name unlike that of any other in this process */
    Intake(Vertx vertx, String name, int longestBodyBytes) {
        workers = vertx.createSharedWorkerExecutor("dllm4j-intake-" + name, THREADS);
        roomBytes = (long) BODIES * longestBodyBytes;
        leastBytes = Math.max(1, longestBodyBytes / SMALLEST_SHARE);
    }

    /**
     * Reads a request as soon as a thread is free.
     *
     * @param bodyBytes at most those of the longest body
     * @return what the reading returns or throws, on the caller's context
     * @throws ApiError if too much is being read already
     */
    <T> Future<T> read(int bodyBytes, Callable<T> reading) {
        long bytes = Math.max(bodyBytes, leastBytes);
        if (takenBytes.addAndGet(bytes) > roomBytes) {
            takenBytes.addAndGet(-bytes);
            throw ApiError.busy("overloaded", "too many requests are being read", Duration.ofSeconds(1));
        }
        return workers.executeBlocking(
                () -> {
                    try {
                        return reading.call();
                    } finally {
                        takenBytes.addAndGet(-bytes);
                    }
                },
                false);
    }
}
