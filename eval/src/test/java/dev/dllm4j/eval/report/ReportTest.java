package dev.dllm4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
    @TempDir
    Path folder;

    @BeforeEach
    void results() throws IOException {
        run("t/schedule__none", "schedule", "1111111110", 9, 46.7);
        run("t/threshold-0.9__none", "threshold(0.9)", "1111000000", 4, 4);
        Files.writeString(
                folder.resolve("wall.json"), "{\"runs\": [{\"ratio\": 11.7321, \"seconds\": 1234.5}], \"none\": null}");
        Files.writeString(folder.resolve("jmh.json"), """
                [{"benchmark": "dev.dllm4j.CacheBenchmark.step", "params": {"rows": "32", "layers": "4"},
                  "primaryMetric": {"score": 12.345, "scoreError": 0.4, "scoreUnit": "ms/op"}},
                 {"benchmark": "dev.dllm4j.CacheBenchmark.step", "params": {"rows": "64", "layers": "4"},
                  "primaryMetric": {"score": 20, "scoreError": "NaN", "scoreUnit": "ms/op"}}]""");
    }

    @Test
    void aTableHasARowARunAndComparesItemByItem() {
        assertThat(fill("{{ \"t/*\" | table(\"strategy, correct, interval=95 %, forwards, against\","
                        + " against=\"t/schedule__none\") }}\n"))
                .isEqualTo("""
                        | strategy | correct | 95 % | forwards an item | against `schedule` |
                        | --- | --- | --- | --- | --- |
                        | `schedule` | 9, 90.0 % | [59.6, 98.2] | 46.7 |  |
                        | `threshold(0.9)` | 4, 40.0 % | [59.6, 98.2] | 4.0 | −50.0 points [−77.9, −5.5], p = 0.063 |
                        """);
    }

    @Test
    void runsInAListKeepTheirOrder() {
        assertThat(fill("{{ [\"t/threshold*\", \"t/schedule__none\"] | table(\"run\") }}"))
                .isEqualTo("| run |\n| --- |\n| `t/threshold-0.9__none` |\n| `t/schedule__none` |");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "{{ 't/schedule__none' | cell('correct') }} ! 9, 90.0 %",
                "{{ 't/threshold-0.9__none' | cell('against', against='t/schedule__none') }}"
                        + " ! −50.0 points [−77.9, −5.5], p = 0.063",
                "{{ ('t/schedule__none' | run).correct }} ! 9",
                "{{ ('t/schedule__none' | run).settings.strategy }} ! schedule",
                "{{ ('wall.json' | json).runs[0].ratio | fixed(1) }} ! 11.7",
                "{{ ('wall.json' | json).runs[0].seconds | fixed(0) }} ! 1,235",
                "{{ ('jmh.json' | jmh('CacheBenchmark.step(rows=32)')).score | fixed(2) }} ! 12.35",
                "{{ ('jmh.json' | jmh('CacheBenchmark.step(rows=64, layers=4)')).unit }} ! ms/op",
                "{% set a = 't/schedule__none' | run %}{% set b = 't/threshold-0.9__none' | run %}"
                        + "{{ (a.mean_forwards / b.mean_forwards) | fixed(1) }} ! 11.7",
                "{% for run in 't/*' | runs %}{{ run.correct }} {% endfor %}. ! 9 4 .",
                "{{ ('t/schedule__none' | run).accuracy | percent }} ! 90.0",
            })
    void figures(String template, String page) {
        assertThat(fill(template.replace('\'', '"'))).isEqualTo(page);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "{{ 't/none' | cell('correct') }} ! t/none has no summary.json",
                "{{ 'u/*' | table('correct') }} ! is named u/*; check the pattern, or evaluate it first",
                "{{ 't/*' | table('correct, speed') }} ! column is speed; known are against, answer_tokens, cache",
                "{{ 't/*' | table('against') }} ! column against has nothing to compare with",
                "{{ 't/*' | table('wall') }} ! t/schedule__none has no wall_seconds; evaluate it again",
                "{{ ('t/schedule__none' | run).corect }} ! corect",
                "{{ ('wall.json' | json).runs[7].ratio | fixed(1) }} ! a value of type list has no element 7",
                "{{ ('wall.json' | json).seven | fixed(1) }} ! fixed does not exist",
                "{{ ('wall.json' | json).items | fixed(1) }} ! fixed is the method items",
                "{{ ('none.json' | json).a }} ! none.json does not exist; run the measurement",
                "{{ ('jmh.json' | jmh('CacheBenchmark.step')).score }} ! 2 measurements match and one must",
                "{{ 'a' | fixed(1) }} ! a is no number",
                "{{ 1 | nofilter }} ! nofilter",
                "{{ 'unfinished ! template, line 2",
            })
    void whatIsNotThereIsAnErrorWithItsLine(String template, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fill("# Page\n" + template.replace('\'', '"')))
                .withMessageStartingWith("template, line 2: ")
                .withMessageContaining(message);
    }

    @Test
    void textWithoutFiguresStaysAsItIs() {
        String page =
                "# Results\n\n```\n./dllm4j eval --out x \\\n    --limit 5\n```\n\n| a |\n|---|\n| { b } % & <c> |\n";
        assertThat(fill(page)).isEqualTo(page);
    }

    @Test
    void resultsMustBeAFolder() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Report(folder.resolve("none")))
                .withMessageContaining("it must be a folder of result files");
    }

    private String fill(String template) {
        return new Report(folder).fill(template);
    }

    private void run(String name, String strategy, String verdicts, int correct, double forwards) throws IOException {
        Path run = Files.createDirectories(folder.resolve(name));
        Files.writeString(
                run.resolve("summary.json"),
                String.format(Locale.ROOT, """
                {"settings": {"strategy": "%s"}, "questions_sha256": "q", "items": 10, "correct": %d, "accuracy": %f,
                 "accuracy_low": 0.5958, "accuracy_high": 0.9821, "mean_forwards": %f, "strict_by_item": "%s"}""", strategy, correct, correct / 10.0, forwards, verdicts));
    }
}
