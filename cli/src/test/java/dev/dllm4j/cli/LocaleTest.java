package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.CommandRun.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, numbers and pictures are the same where digits are others, and where the small letter of I has no dot. */
class LocaleTest {
    private static final String QUESTION =
            "Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?";

    @TempDir
    static Path folder;

    private static final Locale BEFORE = Locale.getDefault();

    private static Map<String, String> expected = Map.of();

    @BeforeAll
    static void writeWhatTheRootLocaleGives() {
        expected = written(Locale.ROOT);
    }

    @AfterEach
    void restore() {
        Locale.setDefault(BEFORE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "fa-IR", "bn-BD", "ne-NP", "my-MM", "mr-IN", "tr-TR", "de-DE", "th-TH-u-nu-thai"})
    void everyLocaleWritesTheSame(String tag) {
        Map<String, String> written = written(Locale.forLanguageTag(tag));
        assertThat(written.keySet()).isEqualTo(expected.keySet());
        written.entrySet().removeAll(expected.entrySet());
        assertThat(written.keySet()).as("what reads otherwise").isEmpty();
    }

    @Test
    void aRunOfTheTestWroteWhatIsCompared() {
        assertThat(expected.keySet())
                .contains("generate", "help", "trace.jsonl", "order.svg", "refreshes.svg", "refused")
                .anyMatch(name -> name.endsWith("layer-000-project.onnx"))
                .anyMatch(name -> name.endsWith("pareto-forward.svg"));
    }

    /** What commands print and write in a locale: by command or file. */
    private static Map<String, String> written(Locale locale) {
        Locale.setDefault(locale);
        try {
            Path place = Files.createDirectory(folder.resolve(locale.toLanguageTag()));
            Surroundings surroundings = Surroundings.cache(place.resolve("cache"));
            Map<String, String> written = new TreeMap<>();
            String trace = place.resolve("trace.jsonl").toString();
            written.put("generate", all(surroundings.run("generate", QUESTION, "--trace", trace)));
            written.put("help", all(surroundings.run("generate", "--help")));
            written.put("refused", all(surroundings.run("generate", QUESTION, "--gen-length", "1234567")));
            surroundings.run(
                    "replay", trace, "--svg", place.resolve("order.svg").toString());
            surroundings.run(
                    "replay",
                    trace,
                    "--refreshes",
                    place.resolve("refreshes.svg").toString());
            String results = place.resolve("results").toString();
            surroundings.run(
                    "eval", "--dataset=starter", "--limit=3", "--strategy=threshold({0.5,0.9})", "--out", results);
            written.put("tournament", digits(all(surroundings.run("tournament", results))));
            try (Stream<Path> files = Files.walk(place)) {
                files.filter(Files::isRegularFile)
                        .forEach(file -> written.put(place.relativize(file).toString(), compared(file)));
            }
            return written;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String all(CommandRun run) {
        return run.exitCode() + "\n" + run.out() + run.err();
    }

    /** Pictures whole, but for the one that depends on time; of results the kind of digits. */
    private static String compared(Path file) {
        try {
            String name = file.getFileName().toString();
            if (name.endsWith(".svg") && !name.equals("pareto-second.svg")) {
                return Files.readString(file);
            }
            return name.matches(".*\\.(jsonl?|html)") ? digits(Files.readString(file)) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digits(String text) {
        return text.codePoints().allMatch(LocaleTest::plain) ? "no others than 0 to 9" : "others";
    }

    private static boolean plain(int character) {
        return character < 0x80 || !Character.isDigit(character);
    }
}
