package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.Alternating;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import java.util.List;
import org.junit.jupiter.api.Test;

class SightSettingsTest {
    @Test
    void aSightIsReadAsItIsWritten() {
        for (Sight sight :
                List.of(new Everything(), new BlockCausal(1, Origin.START), new BlockCausal(512, Origin.START))) {
            assertThat(SightSettings.read(SightSettings.write(sight))).isEqualTo(sight);
        }
    }

    @Test
    void checkpointsOfEarlierRunsAreRead() {
        assertThat(SightSettings.read("")).isEqualTo(new Everything());
        assertThat(SightSettings.read("attention everything")).isEqualTo(new Everything());
        assertThat(SightSettings.read("attention block-causal, block length 8"))
                .isEqualTo(new BlockCausal(8, Origin.START));
    }

    @Test
    void theSettingsOfAnotherKindOfRunAreRefused() {
        for (String settings : List.of("rainbow, end 1, pads []", "attention block-causal, block length 0")) {
            assertThatThrownBy(() -> SightSettings.read(settings))
                    .isInstanceOf(ModelException.class)
                    .hasMessage("the checkpoint's settings are \"" + settings
                            + "\", none of a starter's run; choose another folder");
        }
    }

    @Test
    void aStarterSeesEverythingOrBlocksFromTheStart() {
        assertThatCode(() -> SightSettings.requireTrainable(new BlockCausal(512, Origin.START)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> SightSettings.requireTrainable(new BlockCausal(513, Origin.START)))
                .hasMessage("block length is 513; it must be within [1, 512]");
        for (Sight sight : List.of(new BlockCausal(8, Origin.ANSWER), new Alternating(64, 3))) {
            assertThatThrownBy(() -> SightSettings.requireTrainable(sight))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("sight is " + sight
                            + "; a starter's rows see everything or blocks from the start, so choose one of these");
        }
    }
}
