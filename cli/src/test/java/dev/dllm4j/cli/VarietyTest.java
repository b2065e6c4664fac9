package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VarietyTest {
    private static final DecodingConfig WARM = DecodingConfig.DEFAULT.withSampling(new Sampling(0.8, 0, 1, 0));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "threshold(0.9)",
                "static",
                "dynamic",
                "schedule(rounding=dllm)",
                "factor",
                "hierarchy",
                "revise",
                "edit",
                "schedule",
                "topk(1)",
                "dream-threshold"
            })
    void whereTheSurestDrawsCommitFirstATemperatureChangesLittle(String strategy) {
        assertThat(Variety.hint(WARM.withStrategy(UnmaskingStrategy.parse(strategy))))
                .hasValueSatisfying(hint -> assertThat(hint)
                        .startsWith("under " + UnmaskingStrategy.parse(strategy))
                        .contains("random"));
        assertThat(Variety.hint(DecodingConfig.DEFAULT.withStrategy(UnmaskingStrategy.parse(strategy))))
                .as("at temperature 0")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "random",
                "edit(then=random)",
                "sequential",
                "entropy",
                "entropy-bound",
                "schedule(by=entropy)",
                "schedule(by=margin)",
                "dream-schedule",
                "threshold(0)"
            })
    void whereTheyDoNotThereIsNothingToSay(String strategy) {
        assertThat(Variety.hint(WARM.withStrategy(UnmaskingStrategy.parse(strategy))))
                .isEmpty();
    }
}
