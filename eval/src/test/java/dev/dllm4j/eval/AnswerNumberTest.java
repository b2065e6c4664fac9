package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerNumberTest {
    /** The first two are vectors of lm-evaluation-harness, and so are the first four that have no number. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "so it is\\n#### 1,234. | 1234",
                "A #### 3 then #### 4 | 3",
                "#### -3.50 total | -3.50",
                "together they have 23 + 69 = 92. #### 92 | 92",
                "#### 1 9 | 1",
                "#### 7.. | 7.",
                "######## 5 | 5",
                "#### , | ''",
            })
    void theFirstMarkedNumberOfAnOutputCounts(String output, String number) {
        assertThat(AnswerNumber.firstOf(output.replace("\\n", "\n"))).contains(new AnswerNumber(number));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The answer is $18.",
                "so 7 apples",
                "\\boxed{72}",
                "it is 8 apples...",
                "cost: -$3.50 total",
                "####36",
                "####  36",
                "#### $36",
                "#### ",
                ""
            })
    void anOutputWithoutAMarkedNumberHasNone(String output) {
        assertThat(AnswerNumber.firstOf(output)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "9 * 2 = 18\\n#### 18 | 18",
                "#### 1,450,000 | 1450000",
                "#### $65,960. | 65960",
                "first #### 1\\nthen #### 2\\n | 2",
                "#### -5 | -5"
            })
    void whatStandsBehindTheLastMarkOfAReferenceCounts(String reference, String number) {
        assertThat(AnswerNumber.endOf(reference.replace("\\n", "\n"))).contains(new AnswerNumber(number));
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "#### ", "#### eighteen", "#### 18 dollars", "####18", "#### .", ""})
    void aReferenceThatEndsInNoMarkedNumberHasNone(String reference) {
        assertThat(AnswerNumber.endOf(reference)).isEmpty();
    }

    @Test
    void numbersAreTheSameIfTheirTextIs() {
        assertThat(AnswerNumber.firstOf("#### 1,234.")).isEqualTo(AnswerNumber.endOf("#### 1234"));
        assertThat(AnswerNumber.firstOf("#### 18.0")).isNotEqualTo(AnswerNumber.endOf("#### 18"));
    }
}
