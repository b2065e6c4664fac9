package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ScreenshotAnimations;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.Wait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The playground's canvas, strategies and stops in a browser. */
class PlaygroundTest {
    private static final Path SCREENSHOTS = Path.of("target/screenshots");
    private static final String QUESTION =
            "Tom has 12 apples. Tom buys 7 more apples. How many apples does Tom have now?";

    @TempDir
    private static Path folder;

    private static Playground playground;
    private static GatedServer starter;

    private Page page;

    @BeforeAll
    static void openTheBrowser() {
        playground = Playground.open(folder);
        starter = playground.server();
    }

    @AfterAll
    static void closeIt() {
        if (playground != null) {
            playground.close();
        }
    }

    @BeforeEach
    void openAPage() {
        page = playground.page(1280, 900, ColorScheme.LIGHT);
    }

    @AfterEach
    void nothingWentWrong() {
        playground.settle();
    }

    private int tokens() {
        return page.locator(".lane .cell.token").count();
    }

    private void waitFor(String text, String selector) {
        page.locator(selector).getByText(text).waitFor();
    }

    private void typeAndRun(String strategy) {
        page.locator("#prompt").fill(QUESTION);
        page.locator("#strategy-0").selectOption(strategy);
        page.keyboard().press("Control+Enter");
    }

    @Test
    void commitsArriveWhileTheModelWorks() {
        typeAndRun("topk");
        starter.gate().let(3);
        waitFor("step 3 / 3", "#scrub-label");
        assertThat(tokens()).isEqualTo(6);
        assertThat(page.locator(".lane .cell").count()).isEqualTo(64);
        starter.gate().let(2);
        waitFor("step 5 / 5", "#scrub-label");
        assertThat(tokens()).isEqualTo(10);
        assertThat(page.locator("[data-number=forwards]").textContent()).isEqualTo("5");
        assertThat(page.locator("[data-number=tpf]").textContent()).isEqualTo("2.00");

        starter.gate().open();

        waitFor("Done: ", "#status");
        assertThat(page.locator(".answer").textContent()).contains("12 + 7 = 19");
    }

    @Test
    void wordsThatTheModelDoesNotKnowAreSaid() {
        starter.gate().open();
        page.locator("#prompt").fill("What is the capital of France?");
        page.keyboard().press("Control+Enter");
        waitFor("3 of the prompt's 9 tokens are unknown to the model (What, capital, France)", ".warning");
    }

    @Test
    void theScrubberGoesBackAndForth() {
        starter.gate().open();
        typeAndRun("schedule");
        waitFor("Done: ", "#status");
        String answer = page.locator(".answer").textContent();
        int all = tokens();
        page.locator("#scrub").focus();
        page.keyboard().press("Home");
        assertThat(tokens()).isZero();
        assertThat(page.locator(".answer").textContent()).isEmpty();
        page.keyboard().press("ArrowRight");
        assertThat(tokens()).isEqualTo(1);
        page.keyboard().press("ArrowRight");
        assertThat(tokens()).isEqualTo(2);
        assertThat(page.locator(".cell.new").count()).isEqualTo(1);
        page.keyboard().press("End");
        assertThat(tokens()).isEqualTo(all);
        assertThat(page.locator(".answer").textContent()).isEqualTo(answer);
        assertThat(page.locator(".canvas").getAttribute("aria-label")).contains("positions committed after");
        assertThat(page.locator(".heat rect").count()).isGreaterThan(all);
    }

    @Test
    void twoStrategiesStandSideBySide() {
        starter.gate().open();
        page.locator("#compare").check();
        page.locator("#strategy-1").selectOption("schedule");
        typeAndRun("threshold");
        waitFor("Done: ", "#status");
        assertThat(page.locator(".lane").count()).isEqualTo(2);
        List<String> forwards = page.locator("[data-number=forwards]").allTextContents();
        assertThat(Integer.parseInt(forwards.get(0))).isLessThan(Integer.parseInt(forwards.get(1)));
        assertThat(page.locator("#status").textContent())
                .contains("A " + forwards.get(0) + (forwards.get(0).equals("1") ? " forward," : " forwards,"));
        assertThat(page.locator(".lane .spec").allTextContents()).containsExactly("threshold(0.9)", "schedule");
        double left = page.locator(".lane").first().boundingBox().x;
        assertThat(page.locator(".lane").last().boundingBox().x).isGreaterThan(left + 200);
    }

    @Test
    void everythingIsReachedByKeyboardAndStopped() {
        List<String> reached = new ArrayList<>();
        for (int presses = 0; presses < 12; presses++) {
            page.keyboard().press("Tab");
            reached.add(String.valueOf(page.evaluate("document.activeElement.id")));
        }
        assertThat(reached).contains("prompt", "run", "compare", "strategy-0", "cache-0", "value-0");
        page.locator("#strategy-0").selectOption("topk");
        page.locator("#run").focus();
        page.keyboard().press("Enter");
        starter.gate().let(1);
        waitFor("step 1 / 1", "#scrub-label");
        double before = starter.client().metric("dllm4j_cancelled_total", "client_gone");

        page.keyboard().press("Escape");

        waitFor("Stopped.", "#status");
        Wait.until("the sequence is cancelled", () -> {
            starter.gate().let(1);
            return starter.client().metric("dllm4j_cancelled_total", "client_gone") == before + 1;
        });
    }

    @ParameterizedTest
    @CsvSource({"1280, 900, LIGHT", "1280, 900, DARK", "390, 844, LIGHT", "390, 844, DARK"})
    void itFitsItsScreen(int width, int height, ColorScheme scheme) {
        starter.gate().open();
        page = playground.page(width, height, scheme);
        page.locator("#compare").check();
        page.locator("#cache-1").selectOption("elastic");
        page.locator("#strategy-1").selectOption("topk");
        typeAndRun("threshold");
        waitFor("Done: ", "#status");
        page.locator("#scrub").focus();
        page.keyboard().press("Home");
        for (int step = 0; step < 6; step++) {
            page.keyboard().press("ArrowRight");
        }

        Path picture =
                SCREENSHOTS.resolve("playground-" + width + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png");
        // In a picture of the whole page, what keeps to the window's edge would lie across its middle.
        page.locator("#composer").evaluate("composer => { composer.style.position = 'static'; }");
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(picture)
                .setFullPage(true)
                .setAnimations(ScreenshotAnimations.DISABLED));

        assertThat(picture).isNotEmptyFile();
        assertThat((Integer) page.evaluate("document.documentElement.scrollWidth")).isLessThanOrEqualTo(width);
        assertThat(page.locator(".cell.token").count()).isPositive();
        for (var cell : page.locator(".cell.token").all()) {
            assertThat(cell.boundingBox().x + cell.boundingBox().width).isLessThanOrEqualTo(width);
        }
    }
}
