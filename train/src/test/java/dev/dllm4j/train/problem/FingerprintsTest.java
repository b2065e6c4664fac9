package dev.dllm4j.train.problem;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FingerprintsTest {
    @Test
    void aTextIsNewOnce() {
        Fingerprints texts = new Fingerprints(10_000);
        for (int round = 0; round < 2; round++) {
            for (int text = 0; text < 10_000; text++) {
                assertThat(texts.add("text " + text)).isEqualTo(round == 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,128", "12,128", "13,256", "100000000,1073741824", "805306368,8589934592"})
    void aTextTakesElevenToTwentyOneBytes(int texts, long bytes) {
        assertThat(Fingerprints.bytes(texts)).isEqualTo(bytes);
    }

    @Test
    void moreThanATableHoldsIsNeverThere() {
        assertThat(Fingerprints.bytes(805_306_369)).isEqualTo(Long.MAX_VALUE);
    }
}
