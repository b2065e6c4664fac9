package dev.dllm4j.decoder.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CasesTest {
    @Test
    void triesEverySeedOnce() {
        List<Long> seeds = new ArrayList<>();

        Cases.check(3, seeds::add);

        assertThat(seeds).containsExactly(0L, 1L, 2L);
    }

    @Test
    void aFailureNamesItsSeed() {
        assertThatThrownBy(() -> Cases.check(5, seed -> assertThat(seed).isLessThan(2)))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("seed 2: ");
    }
}
