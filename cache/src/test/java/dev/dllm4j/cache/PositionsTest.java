package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class PositionsTest {
    @Test
    void keepsTheOrderOfAdding() {
        Positions positions = Positions.of(7, 3, 7);
        positions.add(1);

        assertThat(positions.stream()).containsExactly(7, 3, 7, 1);
        assertThat(positions.get(1)).isEqualTo(3);
        assertThat(positions).hasToString("[7, 3, 7, 1]");
    }

    @Test
    void growsBeyondItsFirstCapacity() {
        Positions positions = new Positions(0);
        positions.addRange(5, 105);

        assertThat(positions.size()).isEqualTo(100);
        assertThat(positions.get(99)).isEqualTo(104);
    }

    @Test
    void anEmptyRangeAddsNothing() {
        Positions positions = new Positions(4);
        positions.addRange(3, 3);
        positions.addRange(3, 1);

        assertThat(positions.isEmpty()).isTrue();
    }

    @Test
    void addsAllOfAnotherListBehindItsOwn() {
        Positions positions = Positions.of(1, 2);
        positions.addAll(Positions.of(9, 8));

        assertThat(positions.stream()).containsExactly(1, 2, 9, 8);
    }

    @Test
    void forgetsEverythingWhenCleared() {
        Positions positions = Positions.of(1, 2);
        assertThat(positions.isEmpty()).isFalse();
        positions.clear();

        assertThat(positions.isEmpty()).isTrue();
        assertThatThrownBy(() -> positions.get(0))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("index 0 of 0 positions");
    }
}
