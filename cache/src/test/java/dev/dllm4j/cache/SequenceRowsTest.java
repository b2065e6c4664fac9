package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SequenceRowsTest {
    @Test
    void everyLayerHasRowsOfItsOwn() {
        SequenceRows sequence = new SequenceRows(3, 5, 2);

        sequence.layer(1).keys().put(0, 7);

        assertThat(sequence.layer(0).keys().get(0)).isZero();
        assertThat(sequence.layer(1).keys().get(0)).isEqualTo(7);
        assertThat(sequence.layer(2).keys().capacity()).isEqualTo(10);
    }
}
