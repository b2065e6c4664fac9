package dev.dllm4j.cache;

import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import com.github.benmanes.caffeine.cache.stats.ConcurrentStatsCounter;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;

/**
 * Counts for Caffeine, but for evictions: to Caffeine a newcomer that finds no room is evicted, too, although nothing
 * of it was kept.
 */
final class EvictionCounter implements StatsCounter {
    private final StatsCounter counter = new ConcurrentStatsCounter();

    /** Rows that were kept are no more. */
    void evicted(int kibibytes) {
        counter.recordEviction(kibibytes, RemovalCause.SIZE);
    }

    @Override
    public void recordHits(int count) {
        counter.recordHits(count);
    }

    @Override
    public void recordMisses(int count) {
        counter.recordMisses(count);
    }

    @Override
    public void recordLoadSuccess(long loadTime) {
        counter.recordLoadSuccess(loadTime);
    }

    @Override
    public void recordLoadFailure(long loadTime) {
        counter.recordLoadFailure(loadTime);
    }

    @Override
    public void recordEviction(int weight, RemovalCause cause) {}

    @Override
    public CacheStats snapshot() {
        return counter.snapshot();
    }
}
