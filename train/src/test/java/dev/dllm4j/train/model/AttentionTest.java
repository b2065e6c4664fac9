package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.model.ModelException;
import org.junit.jupiter.api.Test;

class AttentionTest {
    @Test
    void itIsReadAsItIsSpelled() {
        for (Attention attention : new Attention[] {
            new Attention.Everything(), new Attention.BlockCausal(1), new Attention.BlockCausal(512)
        }) {
            assertThat(Attention.of(attention.toString())).isEqualTo(attention);
        }
        assertThat(Attention.of("")).isEqualTo(new Attention.Everything());
    }

    @Test
    void theSettingsOfAnotherKindOfRunAreRefused() {
        assertThatThrownBy(() -> Attention.of("rainbow, end 1, pads []"))
                .isInstanceOf(ModelException.class)
                .hasMessage("the checkpoint's settings are \"rainbow, end 1, pads []\", none of a starter's run; choose"
                        + " another folder");
    }

    @Test
    void aBlockHasAPositionAtLeast() {
        assertThatThrownBy(() -> new Attention.BlockCausal(0)).hasMessageStartingWith("block length is 0; it must be");
        assertThatThrownBy(() -> new Attention.BlockCausal(513)).hasMessageEndingWith("it must be within [1, 512]");
    }
}
