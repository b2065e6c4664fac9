package dev.dllm4j.server.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A token bucket a key: so many requests a minute, and as many at once. Thread-safe. */
final class RateLimit {
    private final int perMinute;
    private final LongSupplier nanoTime;
    /** Guarded by this object. As many as there are keys. */
    private final Map<String, Bucket> buckets = new HashMap<>();

    private record Bucket(double left, long at) {}

    /** @param perMinute 0 for no limit */
    RateLimit(int perMinute, LongSupplier nanoTime) {
        this.perMinute = perMinute;
        this.nanoTime = nanoTime;
    }

    /** Counts a request; where it is one too many, the time after which another is allowed, in whole milliseconds. */
    synchronized Optional<Duration> take(String key) {
        if (perMinute == 0) {
            return Optional.empty();
        }
        long now = nanoTime.getAsLong();
        double perNano = (double) perMinute / TimeUnit.MINUTES.toNanos(1);
        Bucket bucket = buckets.getOrDefault(key, new Bucket(perMinute, now));
        double left = Math.min(perMinute, bucket.left() + (now - bucket.at()) * perNano);
        if (left < 1) {
            return Optional.of(Duration.ofMillis((long) Math.ceil((1 - left) / perNano / 1e6)));
        }
        buckets.put(key, new Bucket(left - 1, now));
        return Optional.empty();
    }
}
