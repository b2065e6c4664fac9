package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.CommandRun.Surroundings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user sees beside the answer of the bundled starter, with and without escape sequences. */
class WatchedTerminalTest {
    private static final String QUESTION =
            "Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?";
    private static final String ESCAPE = "\u001b";

    @TempDir
    static Path cache;

    @TempDir
    Path folder;

    private static Surroundings elsewhere = Surroundings.NONE;

    @BeforeAll
    static void keepTheConvertedModel() {
        elsewhere = Surroundings.cache(cache);
    }

    @Test
    void noColorSendsNoEscapeSequenceAndLeavesTheWords() {
        Surroundings noColor = elsewhere.terminal().noColor();
        for (String option : List.of("--live", "--temperature=0.8", "--strategy=schedule")) {
            CommandRun run = noColor.run("generate", QUESTION, option);
            assertThat(run.out() + run.err()).as(option).doesNotContain(ESCAPE).contains("tokens per forward");
        }
        CommandRun eval = noColor.run(
                "eval", "--dataset=starter", "--limit=3", "--gen-length=64", "--out=" + folder.resolve("run"));
        assertThat(eval.out() + eval.err()).doesNotContain(ESCAPE).contains(" of 3, ");
    }

    @Test
    void whatGoesElsewhereHasNone() {
        for (String option : List.of("--live", "--temperature=0.8", "--strategy=schedule")) {
            assertThat(elsewhere.run("generate", QUESTION, option))
                    .as(option)
                    .matches(run -> !(run.out() + run.err()).contains(ESCAPE))
                    .matches(run -> run.err().isEmpty());
        }
    }

    @Test
    void aTemperatureThatChangesLittleIsSaid() {
        String[] warm = {"generate", QUESTION, "--temperature=0.8", "--seed=1"};
        assertThat(elsewhere.terminal().run(warm).err())
                .contains("under threshold(0.9) the surest draws commit first, so seeds change little");
        String[] random = {"generate", QUESTION, "--temperature=0.8", "--seed=1", "--strategy=random"};
        assertThat(elsewhere.terminal().run(random).err()).doesNotContain("surest draws");
    }
}
