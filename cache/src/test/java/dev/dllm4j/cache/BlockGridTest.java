package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class BlockGridTest {
    @Test
    void blocksOfFourLieOnMultiplesOfFour() {
        BlockGrid grid = new BlockGrid(4, 0);
        assertThat(grid.start(0)).isZero();
        assertThat(grid.end(3)).isEqualTo(4);
        assertThat(grid.start(10)).isEqualTo(8);
        assertThat(grid.end(10)).isEqualTo(12);
    }

    @Test
    void anOffsetMakesTheFirstBlockShorter() {
        BlockGrid grid = new BlockGrid(8, 5);
        assertThat(grid.start(4)).isZero();
        assertThat(grid.end(4)).isEqualTo(5);
        assertThat(grid.start(5)).isEqualTo(5);
        assertThat(grid.end(12)).isEqualTo(13);
        assertThat(grid.start(13)).isEqualTo(13);
    }

    @Test
    void anOffsetOfAWholeBlockIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BlockGrid(4, 4))
                .withMessageContaining("offset 4");
    }
}
