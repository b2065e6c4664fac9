package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.BlockGrid;
import dev.dllm4j.cache.SequenceShape;
import dev.dllm4j.decoder.PromptPrefixes.Beginning;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Beginnings are told apart at every sixteenth token. */
class PromptPrefixesTest {
    @Test
    void whatEarlierPromptsBeganWithIsCommon() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        assertThat(of(prefixes, prompt(40, 40), "", null).common()).isZero();
        assertThat(of(prefixes, prompt(40, 40), "", null).common()).isEqualTo(2);
        assertThat(of(prefixes, prompt(100, 33), "", null).common()).isEqualTo(2);
        assertThat(of(prefixes, prompt(100, 31), "", null).common()).isEqualTo(1);
        assertThat(of(prefixes, prompt(100, 15), "", null).common()).isZero();
        assertThat(of(new PromptPrefixes("model"), prompt(40, 40), "", null).common())
                .isZero();
    }

    @Test
    void aKeyIsTheModelAndEveryTokenUpToThere() {
        Beginning beginning = of(new PromptPrefixes("model"), prompt(100, 100), "", null);
        assertThat(beginning.keys()).hasSize(6).doesNotHaveDuplicates();
        assertThat(of(new PromptPrefixes("model"), prompt(100, 40), "", null)
                        .keys()
                        .subList(0, 2))
                .isEqualTo(beginning.keys().subList(0, 2));
        assertThat(of(new PromptPrefixes("model"), prompt(100, 40), "", null)
                        .keys()
                        .subList(2, 6))
                .doesNotContainAnyElementsOf(beginning.keys());
        assertThat(of(new PromptPrefixes("other"), prompt(100, 100), "", null).keys())
                .doesNotContainAnyElementsOf(beginning.keys());
    }

    /** The row before the generation area predicts its first token on Dream, and is never another prompt's. */
    @Test
    void theLastTokenBelongsToNoBeginning() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        assertThat(of(prefixes, prompt(32, 32), "", null).keys()).hasSize(1);
        assertThat(of(prefixes, prompt(33, 33), "", null).keys()).hasSize(2);
        assertThat(of(prefixes, new int[0], "", null).keys()).isEmpty();
    }

    @Test
    void tenantsHaveNothingInCommon() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        Beginning first = of(prefixes, prompt(100, 100), "one", null);

        Beginning second = of(prefixes, prompt(100, 100), "another", null);

        assertThat(second.common()).isZero();
        assertThat(second.keys()).doesNotContainAnyElementsOf(first.keys());
        assertThat(of(prefixes, prompt(100, 100), "one", null).common()).isEqualTo(6);
    }

    /** A key tells where the blocks lie, so that rows of a prompt in other blocks are never taken for final ones. */
    @Test
    void inABlockModelABeginningIsWholeBlocksThatLieAlike() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        BlockGrid grid = new BlockGrid(12, 0);
        Beginning first = of(prefixes, prompt(72, 72), "", grid);

        assertThat(first.keys()).hasSize(3);
        assertThat(of(prefixes, prompt(72, 72), "", grid).common()).isEqualTo(3);
        assertThat(of(prefixes, prompt(71, 71), "", grid).common()).isEqualTo(2);
        assertThat(of(prefixes, prompt(72, 72), "", new BlockGrid(24, 0)).common())
                .isZero();
        assertThat(of(prefixes, prompt(72, 72), "", new BlockGrid(12, 3)).common())
                .isZero();
        assertThat(of(prefixes, prompt(72, 72), "", null).common()).isZero();
    }

    /** Counted from the prompt's end, prompts have blocks in common whose lengths differ by whole blocks. */
    @Test
    void theShortFirstBlockBelongsToTheFirstBeginning() {
        PromptPrefixes prefixes = new PromptPrefixes("model");
        of(prefixes, prompt(53, 53), "", new BlockGrid(8, 5));

        assertThat(of(prefixes, prompt(61, 53), "", new BlockGrid(8, 5)).common())
                .isEqualTo(3);
        assertThat(of(prefixes, prompt(60, 53), "", new BlockGrid(8, 4)).common())
                .isZero();
    }

    private static Beginning of(PromptPrefixes prefixes, int[] prompt, String tenant, @Nullable BlockGrid grid) {
        return prefixes.of(prompt, tenant, new SequenceShape(1, false, prompt.length, prompt.length + 8, grid));
    }

    /** 1, 2, 3, … up to a place, other tokens after it. */
    private static int[] prompt(int length, int common) {
        return IntStream.range(0, length)
                .map(position -> position < common ? position : 1000 + common + position)
                .toArray();
    }
}
