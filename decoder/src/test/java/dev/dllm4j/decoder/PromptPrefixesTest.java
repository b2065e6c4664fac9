package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.PromptPrefixes.Beginning;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Beginnings are told apart at every sixteenth token. */
class PromptPrefixesTest {
    @Test
    void whatEarlierPromptsBeganWithIsCommon() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        assertThat(prefixes.of(prompt(40, 40), "").common()).isZero();
        assertThat(prefixes.of(prompt(40, 40), "").common()).isEqualTo(2);
        assertThat(prefixes.of(prompt(100, 33), "").common()).isEqualTo(2);
        assertThat(prefixes.of(prompt(100, 31), "").common()).isEqualTo(1);
        assertThat(prefixes.of(prompt(100, 15), "").common()).isZero();
        assertThat(new PromptPrefixes("model").of(prompt(40, 40), "").common()).isZero();
    }

    @Test
    void aKeyIsTheModelAndEveryTokenUpToThere() {
        Beginning beginning = new PromptPrefixes("model").of(prompt(100, 100), "");
        assertThat(beginning.keys()).hasSize(6).doesNotHaveDuplicates();
        assertThat(new PromptPrefixes("model").of(prompt(100, 40), "").keys().subList(0, 2))
                .isEqualTo(beginning.keys().subList(0, 2));
        assertThat(new PromptPrefixes("model").of(prompt(100, 40), "").keys().subList(2, 6))
                .doesNotContainAnyElementsOf(beginning.keys());
        assertThat(new PromptPrefixes("other").of(prompt(100, 100), "").keys())
                .doesNotContainAnyElementsOf(beginning.keys());
    }

    /** The row before the generation area predicts its first token on Dream, and is never another prompt's. */
    @Test
    void theLastTokenBelongsToNoBeginning() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        assertThat(prefixes.of(prompt(32, 32), "").keys()).hasSize(1);
        assertThat(prefixes.of(prompt(33, 33), "").keys()).hasSize(2);
        assertThat(prefixes.of(new int[0], "").keys()).isEmpty();
    }

    @Test
    void tenantsHaveNothingInCommon() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        Beginning first = prefixes.of(prompt(100, 100), "one");

        Beginning second = prefixes.of(prompt(100, 100), "another");

        assertThat(second.common()).isZero();
        assertThat(second.keys()).doesNotContainAnyElementsOf(first.keys());
        assertThat(prefixes.of(prompt(100, 100), "one").common()).isEqualTo(6);
    }

    /** 1, 2, 3, … up to a place, other tokens behind it. */
    private static int[] prompt(int length, int common) {
        return IntStream.range(0, length)
                .map(position -> position < common ? position : 1000 + common + position)
                .toArray();
    }
}
