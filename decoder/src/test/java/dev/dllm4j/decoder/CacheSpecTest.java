package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.BlockCache;
import dev.dllm4j.cache.BlockCache.EmptyForward;
import dev.dllm4j.cache.BlockCache.Reach;
import dev.dllm4j.cache.ElasticCache;
import dev.dllm4j.cache.ElasticCache.BlockCaching;
import dev.dllm4j.cache.FinalBlocks;
import dev.dllm4j.cache.FinalBlocks.Clean;
import dev.dllm4j.cache.FinalBlocks.First;
import dev.dllm4j.cache.FinalBlocks.Inside;
import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.PrefixReuse;
import dev.dllm4j.cache.SimilarityCache;
import dev.dllm4j.cache.Tracking.Along;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Leftmost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheSpecTest {
    @Test
    void everyNameWorksBareWithItsDefaults() {
        assertThat(CacheSpec.parse("none")).isEqualTo(new NoCache());
        assertThat(CacheSpec.parse("prefix")).isEqualTo(new BlockCache(Reach.PREFIX));
        assertThat(CacheSpec.parse("dual")).isEqualTo(new BlockCache(Reach.DUAL));
        assertThat(CacheSpec.parse("elastic")).isEqualTo(new ElasticCache(0.9, 1, Along.HEADS, BlockCaching.ON));
        assertThat(CacheSpec.parse("dllm-cache")).isEqualTo(new SimilarityCache(50, 7, 0.25));
        assertThat(CacheSpec.parse("blocks")).isEqualTo(new FinalBlocks());
    }

    @Test
    void valuesAreRead() {
        assertThat(CacheSpec.parse("dual(empty=skipped)")).isEqualTo(new BlockCache(Reach.DUAL, EmptyForward.SKIPPED));
        assertThat(CacheSpec.parse("elastic(gamma=-2,track=4,along=keys,block-caching=off)"))
                .isEqualTo(new ElasticCache(-2, 4, Along.KEYS, BlockCaching.OFF));
        assertThat(CacheSpec.parse("blocks(lmdeploy,first=alone,inside=kept,prefix-reuse=off)"))
                .isEqualTo(new FinalBlocks(Clean.LMDEPLOY, First.ALONE, Inside.KEPT, PrefixReuse.OFF));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "prefix",
                "dual(empty=skipped)",
                "elastic(gamma=1.5,track=2,along=keys)",
                "elastic(prefix-reuse=on)",
                "dllm-cache(prompt=9)",
                "blocks",
                "blocks(clean=apart)",
                "blocks(first=alone,inside=kept)",
                "blocks(prefix-reuse=off)"
            })
    void whatAPolicyPrintsIsReadAsTheSamePolicy(String text) {
        assertThat(CacheSpec.parse(CacheSpec.parse(text).toString())).isEqualTo(CacheSpec.parse(text));
    }

    @Test
    void anUnknownNameAndAnUnknownValueAreRefused() {
        assertThatThrownBy(() -> CacheSpec.parse("paged"))
                .hasMessage(
                        "cache is paged; known are none, prefix, dual, elastic(gamma=0.9,track=1), dllm-cache, blocks");
        assertThatThrownBy(() -> CacheSpec.parse("none(1)")).hasMessage("none(1) has too many values; none takes none");
        assertThatThrownBy(() -> CacheSpec.parse("elastic(along=rows)"))
                .hasMessage("along of elastic is rows; it must be one of heads, keys");
        assertThatThrownBy(() -> CacheSpec.parse("blocks(clean=never)"))
                .hasMessage("clean of blocks is never; it must be one of merged, apart, lmdeploy");
    }

    @Test
    void theElasticCacheSlidesItsWindow() {
        assertThat(CacheSpec.window(CacheSpec.parse("elastic"), new Blocks(8))).isEqualTo(new Leftmost(16));
        assertThat(CacheSpec.window(CacheSpec.parse("dual"), new Blocks(8))).isEqualTo(new Blocks(8));
    }
}
