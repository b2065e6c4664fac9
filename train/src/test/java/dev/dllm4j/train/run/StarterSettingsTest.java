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
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StarterSettingsTest {
    private static final Optional<ExpertSizes> EXPERTS = Optional.of(new ExpertSizes(8, 2, 176));

    @Test
    void settingsAreReadAsTheyAreWritten() {
        for (Sight sight :
                List.of(new Everything(), new BlockCausal(1, Origin.START), new BlockCausal(512, Origin.START))) {
            StarterSettings settings = new StarterSettings(sight, Optional.empty());
            assertThat(StarterSettings.read(settings.write())).isEqualTo(settings);
        }
        StarterSettings experts = new StarterSettings(new Everything(), EXPERTS);
        assertThat(experts.write()).isEqualTo("attention everything, experts 8, active 2, expert width 176");
        assertThat(StarterSettings.read(experts.write())).isEqualTo(experts);
    }

    @Test
    void checkpointsOfEarlierRunsAreRead() {
        assertThat(StarterSettings.read("")).isEqualTo(StarterSettings.DEFAULT);
        assertThat(StarterSettings.read("attention everything")).isEqualTo(StarterSettings.DEFAULT);
        assertThat(StarterSettings.read("attention block-causal, block length 8")
                        .sight())
                .isEqualTo(new BlockCausal(8, Origin.START));
    }

    @Test
    void theSettingsOfAnotherKindOfRunAreRefused() {
        for (String settings : List.of(
                "rainbow, end 1, pads []",
                "attention block-causal, block length 0",
                "attention everything, experts 8",
                "attention block-causal, block length 8, experts 8, active 2, expert width 176")) {
            assertThatThrownBy(() -> StarterSettings.read(settings))
                    .isInstanceOf(ModelException.class)
                    .hasMessage("the checkpoint's settings are \"" + settings
                            + "\", none of a starter's run; choose another folder");
        }
    }

    @Test
    void aStarterSeesEverythingOrBlocksFromTheStart() {
        assertThatCode(() -> of(new BlockCausal(512, Origin.START))).doesNotThrowAnyException();
        assertThatThrownBy(() -> of(new BlockCausal(513, Origin.START)))
                .hasMessage("block length is 513; it must be within [1, 512]");
        for (Sight sight : List.of(new BlockCausal(8, Origin.ANSWER), new Alternating(64, 3))) {
            assertThatThrownBy(() -> of(sight))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("sight is " + sight
                            + "; a starter's rows see everything or blocks from the start, so choose one of these");
        }
    }

    @Test
    void aModelWithExpertsSeesEverything() {
        assertThatThrownBy(() -> new StarterSettings(new BlockCausal(8, Origin.START), EXPERTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "experts is 8 and rows see blocks of 8 from the start; a LLaDA-MoE's rows see everything, so"
                                + " leave out experts or block-causal attention");
    }

    private static StarterSettings of(Sight sight) {
        return new StarterSettings(sight, Optional.empty());
    }
}
