package dev.dllm4j.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who has rows between forwards, by Caffeine's choice. Only touched under the cache's lock. */
final class Residents {
    private static final int KIBIBYTE = 1 << 10;

    private final EvictionCounter counter = new EvictionCounter();
    private final Cache<Object, KeptRows> rows;

    /** @param limit bytes of all residents together */
    Residents(long limit) {
        rows = Caffeine.newBuilder()
                .maximumWeight(limit / KIBIBYTE)
                .weigher((Object key, KeptRows value) -> value.kibibytes())
                .executor(Runnable::run)
                .evictionListener((key, value, cause) -> evicted(value))
                .recordStats(() -> counter)
                .build();
    }

    CacheStats statistics() {
        return counter.snapshot();
    }

    void recordLoad(long nanos) {
        counter.recordLoadSuccess(nanos);
    }

    Set<Object> keys() {
        return rows.asMap().keySet();
    }

    boolean contains(Object key) {
        return rows.asMap().containsKey(key);
    }

    /** Counts a hit or a miss. */
    @Nullable KeptRows find(Object key) {
        return rows.getIfPresent(key);
    }

    /** A newcomer, whose memory is not taken yet; says whether Caffeine lets it in, in the place of whom it likes. */
    boolean add(Object key, KeptRows newcomer) {
        newcomer.makeResident();
        rows.put(key, newcomer);
        rows.cleanUp();
        return newcomer.resident();
    }

    /** Gives the rows up, uncounted. */
    void remove(Object key) {
        KeptRows removed = rows.asMap().remove(key);
        if (removed != null) {
            removed.endResidence();
        }
    }

    void evict(Object key) {
        evicted(rows.asMap().remove(key));
    }

    long bytes() {
        return rows.asMap().values().stream().mapToLong(KeptRows::bytes).sum();
    }

    void limit(long bytes) {
        rows.policy().eviction().ifPresent(eviction -> eviction.setMaximum(bytes / KIBIBYTE));
    }

    private void evicted(@Nullable KeptRows gone) {
        if (gone != null) {
            if (gone.rows() != null) {
                counter.evicted(gone.kibibytes());
            }
            gone.endResidence();
        }
    }
}
