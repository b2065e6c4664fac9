package dev.dllm4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.eval.Summary;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TournamentTest {
    private static final Summary PLAIN = run("schedule", "none", "1111111110", 0.6, 30, 1);
    private static final Summary SURE = run("threshold(0.9)", "none", "1111111100", 7.5, 200, 8);
    private static final Summary BOLD = run("threshold(0.7)", "none", "1111111000", 8.5, 240, 9);
    private static final Summary KEPT = run("threshold(0.9)", "elastic(gamma=0.9)", "1111111010", 7.4, 190, 7);
    private static final Tournament ALL = new Tournament(List.of(PLAIN, SURE, BOLD, KEPT));

    @TempDir
    Path folder;

    /** The function of d3LLM's released script on these numbers, in CPython. */
    @Test
    void areasAreTheOnesOfTheReference() {
        List<Parallelism.Point> points = List.of(
                new Parallelism.Point(3, 76.5),
                new Parallelism.Point(1, 80),
                new Parallelism.Point(2, 79),
                new Parallelism.Point(5, 74));
        assertThat(Parallelism.area(points, 81)).isCloseTo(224.2831733146787, within(1e-9));
        assertThat(Parallelism.area(points.subList(0, 1), 81)).isCloseTo(229.5, within(1e-9));
    }

    @Test
    void methodsAreRunsThatDifferInNumbersAlone() {
        assertThat(ALL.methods().keySet()).containsExactly("schedule, none", "threshold, none", "threshold, elastic");
        assertThat(ALL.methods().get("threshold, none")).containsExactly(SURE, BOLD);
        assertThat(ALL.areas().get("schedule, none")).isCloseTo(0.6 * 90, within(1e-9));
    }

    @Test
    void theFastestRunWithinThePointsIsRecommended() {
        assertThat(ALL.best()).isEqualTo(PLAIN);
        assertThat(ALL.recommended(0)).isEqualTo(PLAIN);
        assertThat(ALL.recommended(10)).isEqualTo(SURE);
        assertThat(ALL.recommended(20)).isEqualTo(BOLD);
        assertThat(ALL.recommendation(10))
                .startsWith("fastest within 10.0 points of schedule none: threshold(0.9) none, -10.0 points [")
                .contains(" 8.00 times as fast\n  ./dllm4j generate \"…\" --model starter --strategy \"threshold(0.9)\""
                        + " --cache \"none\" --window \"blocks(32)\" --stop eot --gen-length 128");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ALL.recommended(-1))
                .withMessage("recommend is -1.0; it must be 0 or above, in points");
    }

    @Test
    void aServersRunTakesPart() {
        ObjectNode json = PLAIN.json().deepCopy();
        json.put("tokens_per_forward", 0);
        json.putObject("settings")
                .put("server", "http://localhost:8000")
                .put("model", "peer\u001b[2J")
                .put("strategy", "(the server's)")
                .put("cache", "(the server's)");
        Summary server = new Summary("server", json);

        for (Tournament tournament : List.of(new Tournament(List.of(server)), new Tournament(List.of(SURE, server)))) {
            TournamentPage.write(tournament, folder);
            assertThat(folder.resolve("tournament.html")).content().contains("(the server");
            assertThat(tournament.table()).contains("(the server").doesNotContain("\u001b");
        }
        assertThat(new Tournament(List.of(server)).recommendation(0))
                .endsWith("\n  asked at http://localhost:8000, model peer [2J");
    }

    @Test
    void theFrontIsWhatNothingBeatsInBoth() {
        assertThat(ALL.runs().stream().filter(run -> ALL.onFront(run, Summary::tokensPerForward)))
                .containsExactly(PLAIN, SURE, BOLD);
    }

    @Test
    void runsOverOtherQuestionsAreRefused() {
        ObjectNode other = PLAIN.json().deepCopy().put("questions_sha256", "r");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tournament(List.of(PLAIN, new Summary("other", other))))
                .withMessageContaining("have different questions");
        assertThatIllegalArgumentException().isThrownBy(() -> new Tournament(List.of()));
    }

    @Test
    void thePagesAreWhole() throws Exception {
        TournamentPage.write(ALL, folder);

        for (String plot : List.of("pareto-forward", "pareto-second")) {
            Path svg = folder.resolve(plot + ".svg");
            assertThat(root(svg)).isEqualTo("svg");
            BufferedImage png = ImageIO.read(folder.resolve(plot + ".png").toFile());
            assertThat(png.getWidth()).isEqualTo(900);
            assertThat(colours(png)).isGreaterThan(10);
        }
        String html = Files.readString(folder.resolve("tournament.html"));
        assertThat(html)
                .contains("<title>Tournament: sums</title>", "threshold(0.7)", "90.0 %", "</html>")
                .containsPattern("(?s)<svg.*</svg>.*<svg.*</svg>")
                .doesNotContain("src=", "href=\"http", "@import", "{{", "{%");
    }

    @Test
    void bracesInAValueStayText() throws Exception {
        ObjectNode json = PLAIN.json().deepCopy().put("dataset", "{{ 7 * 7 }} {% if %} <b>");
        TournamentPage.write(new Tournament(List.of(new Summary(PLAIN.name(), json))), folder);

        assertThat(Files.readString(folder.resolve("tournament.html")))
                .contains("<title>Tournament: {{ 7 * 7 }} {% if %} &lt;b&gt;</title>");
    }

    /** The outermost element of a file that is well-formed. */
    private static String root(Path xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        return factory.newDocumentBuilder()
                .parse(xml.toFile())
                .getDocumentElement()
                .getTagName();
    }

    private static long colours(BufferedImage image) {
        return Arrays.stream(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
                .distinct()
                .count();
    }

    private static Summary run(
            String strategy, String cache, String verdicts, double perForward, double perSecond, double speed) {
        int correct = (int) verdicts.chars().filter(verdict -> verdict == '1').count();
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.putObject("settings")
                .put("model", "starter")
                .put("strategy", strategy)
                .put("cache", cache)
                .put("window", "blocks(32)")
                .put("stop", "eot")
                .put("gen_length", 128);
        json.put("dataset", "sums").put("questions_sha256", "q").put("items", 10);
        json.put("correct", correct).put("accuracy", correct / 10.0).put("flexible_accuracy", correct / 10.0);
        json.put("accuracy_low", 0.5).put("accuracy_high", 0.95).put("strict_by_item", verdicts);
        json.put("mean_forwards", 40 / perForward).put("tokens_per_forward", perForward);
        json.put("tokens_per_second", perSecond).put("items_per_second", speed);
        json.put("rows_saved", 0.25).put("wall_seconds", 12.5);
        return new Summary(strategy + " " + cache, json);
    }
}
