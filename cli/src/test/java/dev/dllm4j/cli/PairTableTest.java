package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of pairs in docs/strategies.md, cell by cell, on the bundled starter with a filter beside it. */
class PairTableTest {
    private static final List<String> WINDOWS = List.of("blocks(32)", "blocks(32,from=start)", "leftmost(16)", "all");
    private static final List<String> STOPS = StopRule.NAMES;
    private static final List<String> MARGINS = List.of("schedule(by=margin)", "dream-schedule(by=margin)");
    private static final Path PAGE = Path.of("..", "docs", "strategies.md");
    private static final int GEN_LENGTH = 64;
    private static final String RUNS = "runs";

    @TempDir
    static Path cache;

    private static Decoder decoder;

    /** A row of the table: the strategy's SPEC, and what becomes of it under every window. */
    record Row(String strategy, List<String> cells) {}

    @BeforeAll
    static void open() {
        decoder = Decoder.open(new ConvertedModels(cache).get(BundledModel.STARTER, () -> {}), RuntimeOptions.DEFAULT);
    }

    @AfterAll
    static void close() {
        decoder.close();
    }

    @Test
    void theTableHasEveryStrategyBareAndUnderCreditAndEveryVariantThatIsRefusedThere() throws IOException {
        List<String> names = UnmaskingStrategy.EXAMPLES.stream()
                .map(example -> example.replaceFirst("\\(.*", ""))
                .toList();
        Stream<String> bare = Stream.concat(names.stream(), MARGINS.stream());
        Stream<String> credited =
                Stream.concat(names.stream(), MARGINS.stream()).map("credit(then=%s)"::formatted);
        Stream<String> presets = Stream.of("credit(preset=released)", "credit(preset=adaptive)");

        assertThat(rows().map(Row::strategy))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(Stream.concat(bare, credited), presets).toList());
    }

    /** The page names the stop rules that its table holds for. */
    @Test
    void theTableHoldsForEveryStopRule() throws IOException {
        String page = Files.readString(PAGE);
        String claim = page.substring(page.indexOf("## Pairs"), page.indexOf("|", page.indexOf("## Pairs")));

        assertThat(STOPS).allSatisfy(stop -> assertThat(claim).contains("`" + stop + "`"));
    }

    static Stream<Row> rows() throws IOException {
        List<String> page = Files.readAllLines(PAGE);
        List<String> table = page.subList(page.indexOf("## Pairs"), page.size()).stream()
                .filter(line -> line.startsWith("| `") && !line.startsWith("| `blocks"))
                .toList();
        List<Row> rows = new ArrayList<>();
        for (String line : table) {
            List<String> cells = Stream.of(line.split("\\|"))
                    .map(String::strip)
                    .filter(cell -> !cell.isEmpty())
                    .toList();
            rows.add(new Row(cells.get(0).replace("`", ""), cells.subList(1, cells.size())));
        }
        return rows.stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void everyCellAnswersOrIsRefusedAsTheTableSays(Row row) {
        assertThat(row.cells()).hasSize(WINDOWS.size());
        for (int column = 0; column < WINDOWS.size(); column++) {
            for (String stop : STOPS) {
                String outcome = outcome(row.strategy(), WINDOWS.get(column), stop);
                String cell = row.cells().get(column);
                if (cell.equals(RUNS)) {
                    assertThat(outcome).as(row + ", " + stop).isEqualTo(RUNS);
                } else {
                    assertThat(outcome).as(row + ", " + stop).contains(cell.replace("refused: ", ""));
                }
            }
        }
    }

    /** That it runs, or the refusal. */
    private static String outcome(String strategy, String window, String stop) {
        Decoding decoding;
        try {
            decoding = decoder.start(
                    decoder.prompt("Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?"),
                    DecodingConfig.DEFAULT
                            .withFrame(Window.parse(window), GEN_LENGTH, GEN_LENGTH)
                            .withStop(StopRule.parse(stop))
                            .withStrategy(UnmaskingStrategy.parse(strategy)));
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
        decoding.steps().forEach(report -> {});
        Answer answer = decoder.answer(decoding);
        // What the starter says of committed tokens was never trained: editing, it may say nothing.
        if (!decoding.config().strategy().edits()) {
            assertThat(answer.text()).isNotBlank();
        }
        assertThat(answer.finishReason()).isNotEqualTo(FinishReason.CANCELLED);
        assertThat((long) answer.work().forwards()).isBetween(1L, decoding.mostForwards());
        return RUNS;
    }
}
