package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ExtractionTest {
    private static final String NOTHING = "[invalid]";

    /** What the regular expressions of lm-evaluation-harness give in CPython. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "so it is\\n#### 1,234. | 1234 | [invalid] | 1234",
                "The answer is $18. | [invalid] | [invalid] | 18",
                "so 7 apples | [invalid] | [invalid] | 7",
                "A #### 3 then #### 4 | 3 | [invalid] | 4",
                "cost: -$3.50 total | [invalid] | [invalid] | -3.50",
                "\\boxed{72} | [invalid] | [invalid] | 72",
                "it is 8 apples... | [invalid] | [invalid] | ..",
                "The answer is 18 | [invalid] | 1 | 18",
                "The answer is 1,234.\\nQ | [invalid] | 1234 | 1234",
                "#### 7.. | 7. | [invalid] | 7.",
                "##### 5 | 5 | [invalid] | 5",
            })
    void theVectorsOfTheReference(String output, String marked, String stated, String flexible) {
        String text = output.replace("\\n", "\n");
        assertThat(Extraction.MARKED.of(text).orElse(NOTHING)).isEqualTo(marked);
        assertThat(Extraction.STATED.of(text).orElse(NOTHING)).isEqualTo(stated);
        assertThat(Extraction.FLEXIBLE.of(text).orElse(NOTHING)).isEqualTo(flexible);
    }

    static Stream<JsonNode> outputs() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        try (InputStream file = Objects.requireNonNull(ExtractionTest.class.getResourceAsStream("outputs.jsonl"))) {
            List<JsonNode> outputs = mapper.readerFor(JsonNode.class)
                    .<JsonNode>readValues(new String(file.readAllBytes(), StandardCharsets.UTF_8))
                    .readAll();
            assertThat(outputs).hasSizeGreaterThanOrEqualTo(200);
            return outputs.stream();
        }
    }

    /** Mutations of worked answers; .ci/check-scoring.py asks lm-evaluation-harness for the verdicts. */
    @ParameterizedTest
    @MethodSource("outputs")
    void mutatedOutputsGetTheVerdictsOfTheReference(JsonNode output) {
        Question question =
                new Question("1", "How many?", output.path("reference").textValue());
        for (Task task : List.of(Task.GSM8K, Task.GSM8K_COT)) {
            JsonNode expected = output.path(task.toString());
            JsonNode line = Item.answered(
                    task, question, output.path("output").textValue(), 0, new ObjectMapper().createObjectNode());
            assertVerdict(line, expected.path("strict"), output);
            assertVerdict(line.path("flexible"), expected.path("flexible"), output);
        }
    }

    private static void assertVerdict(JsonNode line, JsonNode expected, JsonNode output) {
        assertThat(line.path("extracted").asText(NOTHING).replace("null", NOTHING))
                .as(output.toString())
                .isEqualTo(expected.path("extracted").textValue());
        assertThat(line.path("correct").booleanValue())
                .as(output.toString())
                .isEqualTo(expected.path("correct").booleanValue());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "9 * 2 = 18\\n#### 18 | 18",
                "#### 1,450,000 | 1450000",
                "#### $65,960. | 65960",
                "first #### 1\\nthen #### 2 | 2",
                "#### -5 | -5",
                "72 | 72"
            })
    void aReferenceIsReadByTheSameRules(String reference, String number) {
        assertThat(Extraction.normalised(reference.replace("\\n", "\n"))).isEqualTo(number);
    }

    @Test
    void eighteenIsNotEighteenPointZero() {
        assertThat(Extraction.MARKED.of("#### 18.0")).isNotEqualTo(Extraction.MARKED.of("#### 18"));
    }
}
