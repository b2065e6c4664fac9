package dev.dllm4j.cli.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.docs.Workshop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the pages from top to bottom in one folder, each command by the real launcher, as {@code commands.txt} says, and
 * looks for what the pages promise. Not one of the ordinary tests: {@code mvn -Pdocs -DskipTests -pl train,cli -am verify}.
 */
class DocsRun {
    /** Programs of others, which a machine may lack. */
    private static final List<String> TOOLS = List.of("curl", "openssl");

    private static final String PLACEHOLDER = "\"…\"";
    private static final String QUESTION =
            "\"Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?\"";

    @TempDir
    private static Path folder;

    private static Workshop workshop;

    @BeforeAll
    static void open() throws IOException {
        workshop = new Workshop(DocsFiles.root(), folder);
    }

    @AfterAll
    static void close() throws IOException {
        workshop.close();
    }

    @TestFactory
    Stream<DynamicContainer> pages() {
        StandIns table = DocsFiles.table();
        return DocsFiles.pages().stream()
                .map(page -> DynamicContainer.dynamicContainer(page.name(), commands(page, table)));
    }

    private static Stream<DynamicTest> commands(DocsPage page, StandIns table) {
        Stream<DynamicTest> commands = page.commands().stream()
                .map(command -> DynamicTest.dynamicTest(
                        ShellText.oneLine(command), () -> follow(command, table.of(page.name(), command))));
        Stream<DynamicTest> java = page.code("java").stream()
                .map(code -> DynamicTest.dynamicTest("the Java of " + page.name(), () -> runJava(code)));
        DynamicTest end = DynamicTest.dynamicTest("its servers are stopped", workshop::stopServers);
        return Stream.of(commands, java, Stream.of(end)).flatMap(each -> each);
    }

    private static void follow(String command, StandIn row) throws Exception {
        row.notRun().ifPresent(reason -> Assumptions.abort("not run: " + reason));
        String run = row.run().orElse(command).replace(PLACEHOLDER, QUESTION);
        TOOLS.stream()
                .filter(tool -> run.contains(tool + " ") && !Workshop.has(tool))
                .forEach(tool -> Assumptions.abort("not run: " + tool + " is not on the PATH"));
        Outcome outcome = row.serves().isPresent()
                ? workshop.serve(run, workshop.withPorts(row.serves().get()))
                : workshop.run(run);
        assertThat(outcome.exitCode()).as("%s%n%s", run, outcome.output()).isZero();
        assertThat(row.prints())
                .allSatisfy(promise -> assertThat(outcome.output()).contains(workshop.withPorts(promise)));
    }

    private static void runJava(String code) throws Exception {
        String jar = DocsFiles.root().resolve("cli/target/dllm4j.jar").toString();
        assertThat(Snippet.compile(code, jar, folder)).isEmpty();
        Outcome outcome = workshop.run("\"$JAVA_HOME/bin/java\" -cp '" + jar + "':. " + Snippet.CLASS);
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(outcome.output()).contains("tokens per forward");
    }
}
