package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dllm4j.decoder.testing.SpecialFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuestionFileTest {
    private static final String GOOD = "{\"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n";
    private static final String REMEDY =
            "; every line is a JSON object with question and answer; correct it or leave it out";

    @TempDir
    Path folder;

    @Test
    void aPipeIsRefusedAndNotWaitedFor() throws IOException {
        Path pipe = SpecialFiles.pipe(folder.resolve("pipe"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.read(pipe))
                .withMessageContaining("pipe is a pipe, socket or device");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.examples(pipe))
                .withMessageContaining("pipe is a pipe, socket or device");
        Path link = SpecialFiles.link(folder.resolve("link"), folder.resolve("none"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.read(link))
                .withMessageContaining("link is a link that leads to nothing");
    }

    @Test
    void aLineWithoutIdIsNamedByItsNumber() throws IOException {
        QuestionFile file = read("""
                {"question": "1 + 1?", "answer": "#### 2"}
                {"id": "twos", "question": "2 + 2?", "answer": "#### 4", "level": [1]}

                {"id": 7, "question": "3 + 3?", "answer": "#### 6"}
                {"question": "4 + 4?", "answer": "#### 8"}""");

        assertThat(file.questions())
                .containsExactly(
                        new Question("1", "1 + 1?", "#### 2"),
                        new Question("twos", "2 + 2?", "#### 4"),
                        new Question("7", "3 + 3?", "#### 6"),
                        new Question("5", "4 + 4?", "#### 8"));
    }

    @Test
    void lettersBeyondAsciiAndWindowsLineEndsAreRead() throws IOException {
        QuestionFile file = read("\uFEFF{\"question\": \"Zoë’s 2 \\u20ac?\", \"answer\": \"#### 2\"}\r\n");

        assertThat(file.questions()).containsExactly(new Question("1", "Zoë’s 2 €?", "#### 2"));
    }

    @Test
    void aFileIsKnownByItsNameAndHash() throws IOException {
        Path path = Files.writeString(folder.resolve("sums.jsonl"), GOOD);

        QuestionFile file = QuestionFile.read(path);

        assertThat(file.name()).isEqualTo("sums.jsonl");
        assertThat(file.sha256()).isEqualTo("083f27f1580f4c31d5e59ad6fd62afb79089a4c9bdbf27d853824a513d780fb9");
        assertThat(file.questions()).hasSize(1);
    }

    @Test
    void theFirstQuestionsOfAFileKeepItsHash() throws IOException {
        QuestionFile file = read(GOOD + GOOD + GOOD);

        assertThat(file.first(2).questions())
                .containsExactlyElementsOf(file.questions().subList(0, 2));
        assertThat(file.first(2).sha256()).isEqualTo(file.sha256());
        assertThat(file.first(9)).isEqualTo(file);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> file.first(0))
                .withMessage("limit is 0; it must be at least 1; leave it out for all questions");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"answer\": \"#### 2\"} | question is missing",
                "{\"question\": \"1 + 1?\"} | answer is missing",
                "{\"question\": 5, \"answer\": \"#### 2\"} | question is not text",
                "{\"question\": \"1 + 1?\", \"answer\": null} | answer is not text",
                "{\"question\": \" \", \"answer\": \"#### 2\"} | question is blank; it must ask something",
                "{\"question\": \"1 + 1?\", \"answer\": \"It is\\n 2.\"}"
                        + "| answer ends in \"It is 2.\"; it must end in #### and a number, e.g. #### 18",
                "{\"id\": 1.5, \"question\": \"1 + 1?\", \"answer\": \"#### 2\"}"
                        + "| id is 1.5; it must be text or a whole number",
                "[\"1 + 1?\"] | it is not a JSON object",
            })
    void aBadLineIsRefusedWithItsNumber(String line, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(GOOD + line + "\n" + GOOD))
                .withMessage("sums.jsonl, line 2: " + reason + REMEDY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"How many? | 1", "[1 + 1] | 4", "{\"question\": | 13", "{} {} | 4"})
    void aLineThatIsNoJsonIsRefusedWithItsNumber(String line, int column) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(GOOD + line + "\n" + GOOD))
                .withMessage("sums.jsonl, line 2: it is not JSON in UTF-8 from column " + column + " on" + REMEDY);
    }

    @Test
    void aLineThatIsNotUtf8IsRefusedWithItsNumber() {
        byte[] latin1 = GOOD.replace('+', 'é').getBytes(StandardCharsets.ISO_8859_1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.read("sums.jsonl", new ByteArrayInputStream(latin1)))
                .withMessageStartingWith("sums.jsonl, line 1: it is not JSON in UTF-8 from column ");
    }

    @Test
    void aFileWithoutQuestionsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("\n \n"))
                .withMessage("sums.jsonl is empty; it must hold at least one question; see GSM8K's test.jsonl for the"
                        + " layout");
    }

    @Test
    void whatIsNoFileIsRefused() {
        Path missing = folder.resolve("missing.jsonl");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.read(missing))
                .withMessage("dataset is " + missing + "; it must be a readable file of JSON lines; check its path");
        assertThatIllegalArgumentException().isThrownBy(() -> QuestionFile.read(folder));
    }

    @Test
    void badLinesAreLeftOutOnDemand() throws IOException {
        Path path = Files.writeString(folder.resolve("sums.jsonl"), GOOD + "[]\n{\n" + GOOD);
        List<String> complaints = new ArrayList<>();

        QuestionFile file = QuestionFile.read(path, complaints::add);

        assertThat(file.questions()).extracting(Question::id).containsExactly("1", "4");
        assertThat(complaints)
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("sums.jsonl, line 2: it is not a JSON object" + REMEDY),
                        line -> assertThat(line).startsWith("sums.jsonl, line 3: it is not JSON in UTF-8"));
    }

    @Test
    void anArrayIsReadInTheLayoutOfSvamp() throws IOException {
        QuestionFile file = read("""
                [{"ID": "chal-1", "Body": "A pack costs 76 dollars", "Question": "How much?", "Answer": 51.0},
                 {"Body": "Dan had $ 3.", "Question": "How much?", "Answer": 1.5}]""");

        assertThat(file.questions())
                .containsExactly(
                        new Question("chal-1", "A pack costs 76 dollars. How much?", "#### 51"),
                        new Question("2", "Dan had $ 3. How much?", "#### 1.5"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("[{\"Body\": \"Dan had 3\", \"Question\": \"How much?\"}]"))
                .withMessage("sums.jsonl, entry 1: Answer is missing; it must be a number; every entry is an"
                        + " object with Body, Question and Answer; correct it or leave it out");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "51.0|51",
                "145|145",
                "\"145.0\"|145",
                "\" 145 \"|145",
                "\"1,145.50\"|1145.5",
                "\"-3\"|-3",
                "1e3|1000",
                "\"0.0\"|0"
            })
    void svampsAnswersMayBeText(String answer, String expected) throws IOException {
        String entry = "{\"Body\": \"Dan had $ 3.\", \"Question\": \"How much?\", \"Answer\": " + answer + "}";

        for (String file : List.of("[" + entry + "]", entry + "\n" + entry)) {
            assertThat(read(file).questions().get(0))
                    .isEqualTo(new Question("1", "Dan had $ 3. How much?", "#### " + expected));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"three\"|\"three\"",
                "\"\"|\"\"",
                "null|null",
                "[3]|[3]",
                "true|true",
                "\"1e999999999\"|\"1e999999999\"",
                "1e999|\"Infinity\""
            })
    void anAnswerOfSvampThatIsNotANumberIsRefused(String answer, String shown) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("[{\"Body\": \"Dan.\", \"Question\": \"How?\", \"Answer\": " + answer + "}]"))
                .withMessageStartingWith("sums.jsonl, entry 1: Answer is " + shown + "; it must be a number; every");
    }

    @Test
    void anAnswerMayBeANumberOfJson() throws IOException {
        assertThat(read("{\"question\": \"1 + 1?\", \"answer\": 2.0}").questions())
                .containsExactly(new Question("1", "1 + 1?", "2"));
    }

    @Test
    void noLinesNumberIsAnotherLinesId() throws IOException {
        QuestionFile file = read("""
                {"question": "1 + 1?", "answer": "#### 2"}
                {"id": 1, "question": "2 + 2?", "answer": "#### 4"}
                {"id": "4", "question": "3 + 3?", "answer": "#### 6"}
                {"question": "4 + 4?", "answer": "#### 8"}
                {"id": "line-4", "question": "5 + 5?", "answer": "#### 10"}
                {"question": "6 + 6?", "answer": "#### 12"}""");

        assertThat(file.questions())
                .extracting(Question::id)
                .containsExactly("line-1", "1", "4", "line-line-4", "line-4", "6");
        String svamp = "\"Body\": \"Dan.\", \"Question\": \"How?\", \"Answer\": 1}";
        assertThat(read("[{" + svamp + ", {\"ID\": \"1\", " + svamp + "]").questions())
                .extracting(Question::id)
                .containsExactly("line-1", "1");
    }

    @Test
    void anIdThatTwoLinesHaveIsRefused() {
        String line = "{\"id\": %s, \"question\": \"1 + 1?\", \"answer\": \"#### 2\"}\n";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(line.formatted("7") + GOOD + line.formatted("\"7\"")))
                .withMessage("sums.jsonl, line 3: id is 7; an earlier line has it" + REMEDY);
    }

    @Test
    void aShuffledFileHasTheSameQuestionsInPythonsOrder() throws IOException {
        QuestionFile file = read(GOOD.repeat(12));

        assertThat(file.shuffled(0).questions())
                .extracting(Question::id)
                .containsExactly("2", "10", "9", "6", "11", "3", "4", "8", "5", "1", "12", "7");
        assertThat(file.shuffled(0).sha256()).isEqualTo(file.sha256());
        assertThat(file.shuffled(0).questionsSha256()).isNotEqualTo(file.questionsSha256());
    }

    @Test
    void aNumberAloneIsAnAnswer() throws IOException {
        assertThat(read("{\"question\": \"1 + 1?\", \"answer\": \"2\"}")
                        .questions()
                        .get(0)
                        .expected())
                .isEqualTo("2");
    }

    @Test
    void examplesMayEndInAnyText() throws IOException {
        Path path = Files.writeString(
                folder.resolve("shots.jsonl"),
                "{\"question\": \"1 + 1?\", \"target\": \"It is 2. The answer is 2.\"}\n" + GOOD);

        assertThat(QuestionFile.examples(path).questions())
                .extracting(Question::answer)
                .containsExactly("It is 2. The answer is 2.", "#### 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.examples(folder.resolve("none")))
                .withMessageStartingWith("examples are " + folder.resolve("none") + "; they cannot be read (");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.read(path))
                .withMessageStartingWith("shots.jsonl, line 1: answer is missing");
    }

    private static QuestionFile read(String lines) throws IOException {
        return QuestionFile.read("sums.jsonl", new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    }
}
