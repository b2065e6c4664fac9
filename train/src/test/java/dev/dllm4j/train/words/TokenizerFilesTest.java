package dev.dllm4j.train.words;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.train.problem.Problem;
import dev.dllm4j.train.problem.Problems;
import dev.dllm4j.train.problem.Ranges;
import dev.dllm4j.train.problem.Split;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFilesTest {
    private static final Problems PROBLEMS = new Problems();
    private static final WordVocabulary VOCABULARY = WordVocabulary.of(PROBLEMS.vocabulary());

    @TempDir
    private static Path folder;

    private static HfTokenizer tokenizer;

    @BeforeAll
    static void writeAndRead() throws IOException {
        TokenizerFiles.write(VOCABULARY, folder);
        tokenizer = HfTokenizer.read(folder);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void problemsComeBackAsTheyWereAndHoldNoUnknownWord() {
        Cases.check(2000, seed -> {
            Problem problem = PROBLEMS.draw(Ranges.DEFAULT, Split.TEST, new SplittableRandom(seed));
            for (String text : List.of(problem.question(), problem.answer())) {
                int[] ids = tokenizer.encode(text);
                assertThat(ids).doesNotContain(WordVocabulary.UNKNOWN);
                assertThat(tokenizer.decode(ids)).isEqualTo(text);
            }
        });
    }

    @Test
    void digitsAreTokensOfTheirOwn() {
        int[] ids = tokenizer.encode("Tom has 12 apples.");
        assertThat(ids).hasSize(7);
        assertThat(tokenizer.decode(new int[] {ids[3]})).isEqualTo("1");
        assertThat(tokenizer.decode(ids)).isEqualTo("Tom has 12 apples.");
    }

    @Test
    void theSpecialTokensHaveTheIdsThatTheVocabularyPromises() {
        assertThat(tokenizer.id("<|mask|>")).hasValue(WordVocabulary.MASK);
        assertThat(tokenizer.id("<|endoftext|>")).hasValue(WordVocabulary.END);
        assertThat(tokenizer.id("<|startoftext|>")).hasValue(WordVocabulary.BEGIN);
        assertThat(tokenizer.id("<|answer|>")).hasValue(WordVocabulary.ANSWER);
        assertThat(tokenizer.id("<|pad_0|>")).hasValue(WordVocabulary.FIRST_PAD);
        assertThat(tokenizer.id("<|pad_31|>")).hasValue(WordVocabulary.UNKNOWN - 1);
        assertThat(tokenizer.id("<|unk|>")).hasValue(WordVocabulary.UNKNOWN);
        assertThat(tokenizer.special(WordVocabulary.UNKNOWN)).isTrue();
        assertThat(tokenizer.special(WordVocabulary.UNKNOWN + 1)).isFalse();
    }

    @Test
    void aQuestionStandsBetweenBeginAndAnswer() {
        ChatTemplate template = ChatTemplate.read(folder).orElseThrow();
        String prompt = template.render(List.of(new Message("user", " Tom has 12 apples. ")), true);
        assertThat(prompt).isEqualTo("<|startoftext|>Tom has 12 apples.<|answer|>");
        int[] ids = tokenizer.encode(prompt);
        assertThat(ids).hasSize(9).startsWith(WordVocabulary.BEGIN).endsWith(WordVocabulary.ANSWER);
        assertThat(ids).doesNotContain(WordVocabulary.UNKNOWN);
    }

    @Test
    void aWordOutsideIsUnknown() {
        assertThat(tokenizer.encode("zebra")).containsExactly(WordVocabulary.UNKNOWN);
    }
}
