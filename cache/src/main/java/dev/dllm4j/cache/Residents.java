package dev.dllm4j.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who has rows between forwards, by Caffeine's choice. Only touched under the cache's lock. */
final class Residents {
    private static final int KIBIBYTE = 1 << 10;
    private static final Comparator<KeptRows> LEAST_BORROWED =
            Comparator.comparing(KeptRows::uses).thenComparing(KeptRows::since);

    private final EvictionCounter counter = new EvictionCounter();
    private final Cache<Object, KeptRows> rows;
    private long limit;
    private long arrivals;

    /** @param limit bytes of all residents together */
    Residents(long limit) {
        this.limit = limit;
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
        newcomer.makeResident(arrivals++);
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

    /**
     * Evicts what is shared, then those that have had their rows longest, until so many bytes fit once the leases have
     * ended.
     */
    void makeRoom(long bytes) {
        makeRoom(bytes, KeptRows::shared, LEAST_BORROWED);
        makeRoom(bytes, kept -> true, Comparator.comparing(KeptRows::uses).reversed());
    }

    /** Evicts what is shared but was never borrowed, the oldest first, as far as so many bytes demand. */
    void makeRoomOfUnused(long bytes) {
        makeRoom(bytes, kept -> kept.shared() && kept.uses() == 0, Comparator.comparing(KeptRows::since));
    }

    /**
     * Evicts what is shared, the least borrowed and oldest first, until so many bytes fit, if that is enough.
     *
     * @return whether it is
     */
    boolean makeRoomOfShared(long bytes) {
        long sequences = rows.asMap().values().stream()
                .filter(kept -> !kept.shared())
                .mapToLong(KeptRows::bytes)
                .sum();
        if (sequences + bytes > limit) {
            return false;
        }
        makeRoom(bytes, KeptRows::shared, LEAST_BORROWED);
        return true;
    }

    private void makeRoom(long bytes, Predicate<KeptRows> mayGo, Comparator<KeptRows> first) {
        while (bytes() + bytes > limit) {
            Optional<Map.Entry<Object, KeptRows>> goes = rows.asMap().entrySet().stream()
                    .filter(entry -> mayGo.test(entry.getValue()))
                    .min(Map.Entry.comparingByValue(first));
            if (goes.isEmpty()) {
                return;
            }
            evict(goes.get().getKey());
        }
    }

    private long bytes() {
        return rows.asMap().values().stream().mapToLong(KeptRows::bytes).sum();
    }

    void limit(long bytes) {
        limit = bytes;
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
