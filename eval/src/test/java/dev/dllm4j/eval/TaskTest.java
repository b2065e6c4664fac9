package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskTest {
    private static final Question SHOT = new Question("1", "1 + 1?", "1 + 1 = 2\n#### 2");
    private static final Question ASKED = new Question("2", "2 + 2?", "#### 4");

    @Test
    void promptsAreTheHarnesss() {
        assertThat(Task.PLAIN.prompt(List.of(), ASKED)).isEqualTo("2 + 2?");
        assertThat(Task.GSM8K.prompt(List.of(SHOT), ASKED))
                .isEqualTo("Question: 1 + 1?\nAnswer: 1 + 1 = 2\n#### 2\n\nQuestion: 2 + 2?\nAnswer:");
        assertThat(Task.GSM8K_COT.prompt(List.of(SHOT), ASKED))
                .isEqualTo("Q: 1 + 1?\n\nA: 1 + 1 = 2\n#### 2\n\nQ: 2 + 2?\n\nA:");
        assertThat(Task.GSM8K_COT_ZEROSHOT.prompt(List.of(), ASKED))
                .isEqualTo("Q: 2 + 2?\nA: Let's think step by step.");
    }

    @Test
    void anOutputEndsAtTheFirstStopString() {
        assertThat(Task.GSM8K.cut("#### 4</s> #### 5\nQuestion: 3?")).isEqualTo("#### 4");
        assertThat(Task.GSM8K_COT.cut("It is 4. Q: 3?")).isEqualTo("It is 4. ");
        assertThat(Task.PLAIN.cut("It is 4. Q: 3?")).isEqualTo("It is 4. Q: 3?");
    }

    @Test
    void tasksHaveTheirHarnesssNames() {
        assertThat(Task.named("gsm8k_cot_zeroshot")).isEqualTo(Task.GSM8K_COT_ZEROSHOT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Task.named("gsm"))
                .withMessage("task is gsm; known are plain, gsm8k, gsm8k_cot, gsm8k_cot_zeroshot");
    }

    /** {@code r = random.Random(1234)}, and two samples of five of a file of 22, as the harness draws them. */
    @Test
    void sampledExamplesGoOnFromQuestionToQuestion() throws IOException {
        QuestionFile file = numbers(22);
        Shots sampled = new Shots(5, Optional.of(1234L), Optional.of(file));

        assertThat(sampled.of(List.of(ASKED, ASKED)))
                .satisfiesExactly(
                        shots -> assertThat(shots).extracting(Question::id).containsExactly("15", "4", "1", "3", "19"),
                        shots -> assertThat(shots).extracting(Question::id).containsExactly("2", "22", "3", "4", "12"));
        assertThat(sampled.json().toString())
                .matches(
                        "\\{\"count\":5,\"from\":\"n.jsonl\",\"from_sha256\":\"\\w{64}\",\"order\":\"sampled\",\"seed\":1234}");
    }

    @Test
    void theFirstExamplesAreTheSameForAll() throws IOException {
        Shots first = new Shots(2, Optional.empty(), Optional.of(numbers(3)));
        assertThat(first.of(List.of(ASKED, SHOT)))
                .allSatisfy(shots -> assertThat(shots).extracting(Question::id).containsExactly("1", "2"));
    }

    @Test
    void moreExamplesThanThereAreAreRefused() throws IOException {
        Optional<QuestionFile> file = Optional.of(numbers(3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Shots(4, Optional.empty(), file))
                .withMessage("fewshot is 4; it must be within [0, 3], the number of examples in n.jsonl");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Shots(4, Optional.empty(), Optional.empty()))
                .withMessageEndingWith("no file; name one with --fewshot-from");
    }

    private static QuestionFile numbers(int count) throws IOException {
        String lines = IntStream.range(0, count)
                .mapToObj(number -> "{\"question\": \"" + number + "?\", \"answer\": \"#### " + number + "\"}\n")
                .collect(Collectors.joining());
        return QuestionFile.read("n.jsonl", new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    }
}
