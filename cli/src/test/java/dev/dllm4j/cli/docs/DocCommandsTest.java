package dev.dllm4j.cli.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages' commands beside the table of {@code commands.txt}; what each prints is {@link DocsRun}'s. */
class DocCommandsTest {
    /** What a machine that has built the project can run. */
    private static final Set<String> RUNNABLE = Set.of("./dllm4j", "curl", "for", "printf");

    static Stream<DocsPage> pages() {
        return DocsFiles.pages().stream();
    }

    static Stream<StandIn> rows() {
        return DocsFiles.table().rows().stream();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyCommandRunsAsWrittenOrIsInTheTable(DocsPage page) {
        assertThat(page.commands())
                .filteredOn(command -> RUNNABLE.stream().noneMatch(program -> command.startsWith(program + " ")))
                .allSatisfy(command -> assertThat(DocsFiles.table().rows())
                        .as(command)
                        .contains(DocsFiles.table().of(page.name(), command)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void everyRowIsOfACommandThatItsPageHas(StandIn row) {
        DocsPage page = pages().filter(each -> each.name().equals(row.page()))
                .findFirst()
                .orElseThrow();

        assertThat(page.commands().stream()
                        .filter(command ->
                                DocsFiles.table().of(page.name(), command).equals(row)))
                .as(row.command())
                .hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatARowExpectsIsWhatItsPagePromises(StandIn row) {
        DocsPage page = pages().filter(each -> each.name().equals(row.page()))
                .findFirst()
                .orElseThrow();

        assertThat(row.prints()).allSatisfy(promise -> assertThat(page.prose()).contains(promise));
    }

    @Test
    void javaOnThePagesCompiles(@TempDir Path output) {
        List<String> snippets =
                pages().flatMap(page -> page.code("java").stream()).toList();

        assertThat(snippets).isNotEmpty();
        assertThat(snippets)
                .allSatisfy(code -> assertThat(Snippet.compile(code, System.getProperty("java.class.path"), output))
                        .isEmpty());
    }

    @Test
    void javaThatDoesNotCompileIsSeen(@TempDir Path output) {
        assertThat(Snippet.compile("Decoder.fetch();", System.getProperty("java.class.path"), output))
                .contains("fetch");
    }

    @Test
    void thePagesAreAllThere() throws IOException {
        assertThat(pages().map(DocsPage::name)).startsWith("README.md").contains("docs/serving.md");
        assertThat(pages().mapToLong(page -> page.commands().size()).sum()).isGreaterThan(60);
    }

    @Test
    void commandsGoOnWithinQuotesBehindABackslashAndUpToDone() {
        assertThat(ShellText.commands("""
                        # a title

                        ./dllm4j serve    # OpenAI's interface
                        curl x -d '{"a": "#",
                          "b": 1}'
                        ./dllm4j eval \\
                            --out DIR
                        for s in a b; do
                          echo "$s # no comment"
                        done
                        for n in 1 2; do echo $n; done > x
                        """))
                .containsExactly(
                        "./dllm4j serve",
                        "curl x -d '{\"a\": \"#\",\n  \"b\": 1}'",
                        "./dllm4j eval \\\n    --out DIR",
                        "for s in a b; do\n  echo \"$s # no comment\"\ndone",
                        "for n in 1 2; do echo $n; done > x");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShellText.commands("echo 'a\n"))
                .withMessageStartingWith("a command does not end");
    }

    @Test
    void aFenceWithALanguageHasNoCommands() {
        DocsPage page = DocsPage.parse("a.md", "It\nprints `1`.\n```\none\n```\n```json\n{}\n```\n");

        assertThat(page.commands()).containsExactly("one");
        assertThat(page.code("json")).containsExactly("{}\n");
        assertThat(page.prose()).isEqualTo("It prints `1`.");
    }

    @Test
    void aRowIsItsCommandsOrItsCommandsBeginning() {
        StandIns table = StandIns.parse("""
                # a comment
                == a.md
                one two
                  run: first
                    second
                  prints: 1
                  prints: 2
                one …
                  not run: it takes a day
                """);

        assertThat(table.of("a.md", "one two").run()).contains("first\nsecond");
        assertThat(table.of("a.md", "one two").prints()).containsExactly("1", "2");
        assertThat(table.of("a.md", "one three").notRun()).contains("it takes a day");
        assertThat(table.of("b.md", "one two")).isEqualTo(StandIn.asWritten("b.md", "one two"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StandIns.parse("== a.md\none\n  runs: x\n"))
                .withMessageContaining("has [runs]; known are [run, not run, serves, prints]");
    }
}
