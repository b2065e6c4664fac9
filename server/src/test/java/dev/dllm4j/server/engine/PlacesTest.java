package dev.dllm4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacesTest {
    @ParameterizedTest
    @CsvSource({
        // sequences, places in a forward, seconds that one runs, seconds to wait
        "1, 8, 1, 1",
        "1, 8, 0.02, 1",
        "1, 8, 5.2, 6",
        "4, 4, 3, 3",
        "4, 2, 3, 6",
        "4, 1, 1.5, 6",
        // No longer than openai-java waits.
        "1, 8, 8, 8",
        "1, 1, 40, 8",
        "4, 1, 2.5, 8"
    })
    void whoFindsNoPlaceComesBackWhenSomeAreFree(int sequences, int active, double usualSeconds, int wait) {
        assertThat(Places.retrySeconds(sequences, active, usualSeconds)).isEqualTo(wait);
    }
}
