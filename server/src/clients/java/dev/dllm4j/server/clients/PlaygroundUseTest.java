package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What somebody meets who opens the playground for the first time: prompts, hints, errors, turns, gaps. */
class PlaygroundUseTest {
    private static final double WCAG_AA = 4.5;
    /** The smallest contrast of a text with what is under it, of all that can be read. */
    private static final String LEAST_CONTRAST = """
            () => {
              const light = colour => {
                const [r, g, b] = colour.map(v => v / 255 <= .04045 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4);
                return .2126 * r + .7152 * g + .0722 * b;
              };
              const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
              const over = (under, colour, opacity) => {
                brush.globalAlpha = 1;
                brush.fillStyle = `rgb(${under})`;
                brush.fillRect(0, 0, 1, 1);
                brush.globalAlpha = opacity;
                brush.fillStyle = colour;
                brush.fillRect(0, 0, 1, 1);
                return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
              };
              const read = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
                && !e.closest(':disabled, .visually-hidden, .skip')
                && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
              return Math.min(...read.map(e => {
                let ground = [255, 255, 255];
                let opacity = 1;
                const path = [];
                for (let at = e; at; at = at.parentElement) { path.unshift(getComputedStyle(at)); }
                for (const style of path) { ground = over(ground, style.backgroundColor, 1); opacity *= style.opacity; }
                const [a, b] = [light(ground), light(over(ground, path.at(-1).color, opacity))].sort((x, y) => y - x);
                return (a + .05) / (b + .05);
              }));
            }""";

    @TempDir
    private static Path folder;

    private static Playground playground;

    private Page page;

    @BeforeAll
    static void openTheBrowser() {
        playground = Playground.open(folder);
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

    private void run() {
        playground.server().gate().open();
        page.locator("#run").click();
        page.locator("#status").getByText("Done: ").waitFor();
    }

    /** Answers the next question with these events instead of the server's. */
    private void answerWith(String events) {
        page.route("**/v1/chat/completions", route -> route.fulfill(
                new Route.FulfillOptions().setContentType("text/event-stream").setBody(events)));
    }

    private JsonNode asked(String path) throws IOException {
        return new ObjectMapper()
                .readTree(page.waitForRequest("**" + path, this::run).postData());
    }

    @Test
    void whatIsHiddenIsNotSeen() {
        page.locator("#more summary").click();
        page.locator("#strategy-0").selectOption("credit");
        assertThat(page.locator("#value-0").isVisible()).isFalse();
        assertThat(page.locator("#key").isVisible()).isFalse();
        page.locator("#strategy-0").selectOption("topk");
        assertThat(page.locator("#value-0").isVisible()).isTrue();
        assertThat(page.locator("[hidden]").all()).noneMatch(part -> part.isVisible());
    }

    /** The starter knows ordinary questions at one look, and steps faster than an eye follows. */
    @Test
    void theFirstRunUnfoldsBeforeTheEye() {
        page.evaluate("""
                () => { window.seen = new Set(); new MutationObserver(() => seen.add(document.getElementById('scrub-label').textContent
                  .split(' ')[1])).observe(document.getElementById('scrub-label'), { childList: true }); }""");
        run();
        assertThat(Integer.parseInt(page.locator("[data-number=forwards]").textContent()))
                .isBetween(15, 40);
        assertThat((Integer) page.evaluate("seen.size")).as("steps drawn").isGreaterThan(12);
        assertThat(page.locator(".answer").textContent()).contains("24 + 39 = 63");
    }

    @Test
    void aTokenTellsItsProbabilityAndStep() {
        run();
        assertThat(page.locator("#tip").isVisible()).isFalse();
        page.locator(".cell.token").nth(3).hover();
        assertThat(page.locator("#tip").textContent())
                .matches("position 3\n\"6\"\nprobability [01]\\.[0-9]{4}\nstep [0-9]+");
        assertThat(page.locator("#tip").isVisible()).isTrue();
        page.locator("#scrub").hover();
        assertThat(page.locator("#tip").isVisible()).isFalse();

        page.locator(".canvas").focus();
        page.keyboard().press("ArrowRight");
        assertThat(page.locator(".canvas").getAttribute("aria-valuetext"))
                .matches("position 1, \" has\", probability [01]\\.[0-9]{4}, step [0-9]+");
        assertThat(page.locator("#tip").textContent()).startsWith("position 1\n");
        page.keyboard().press("Escape");
        assertThat(page.locator("#tip").isVisible()).isFalse();
    }

    @Test
    void controlsSayWhatTheyDo() {
        page.locator("#more summary").click();
        for (String control : List.of("#temperature", "#seed", "#length", "#block", "#strategy-0", "#cache-0")) {
            page.locator(control).focus();
            assertThat(page.locator("#tip").isVisible()).as(control).isTrue();
            assertThat(page.locator(control).getAttribute("aria-describedby")).isEqualTo("tip");
        }
        page.locator("#prompt").focus();
        assertThat(page.locator("#tip").isVisible()).isFalse();
        page.locator("#compare").hover();
        assertThat(page.locator("#tip").textContent()).contains("side by side");
    }

    @Test
    void anErrorStandsBesideWhatWasPressed() {
        page.locator("#more summary").click();
        page.locator("#seed").fill("1.5");
        page.locator("#controls").evaluate("form => { form.noValidate = true; }");
        page.keyboard().press("Control+Enter");
        page.locator("#alert").getByText("seed is 1.5; it must be a whole number").waitFor();
        assertThat(page.locator("#alert").getAttribute("role")).isEqualTo("alert");
        BoundingBox run = page.locator("#run").boundingBox();
        assertThat(page.locator("#alert").boundingBox().y - (run.y + run.height)).isBetween(0.0, 40.0);
        // The browser tells of the 400 in its console, too.
        assertThat(playground.complaints()).hasSize(1).allMatch(text -> text.contains("400"));
        playground.complaints().clear();

        page.locator("#seed").fill("1");
        run();
        assertThat(page.locator("#alert").textContent()).isEmpty();
    }

    @Test
    void aStreamThatBreaksSaysWhy() {
        answerWith("event: error\ndata: {\"error\":{\"message\":\"the forward failed\"}}\n\n");
        page.locator("#run").click();
        page.locator("#alert").getByText("the forward failed").waitFor();
        page.locator("#status").getByText("Ended with an error.").waitFor();

        answerWith("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ida\"}}]}\n\n");
        page.locator("#run").click();
        page.locator("#alert").getByText("ended before the answer").waitFor();
        assertThat(page.locator(".keep").isVisible()).isFalse();
    }

    @Test
    void aWarningStandsAtItsCanvas() {
        answerWith("data: {\"choices\":[],\"warnings\":[{\"param\":\"messages\",\"message\":\"half of the words are unknown\"}]}\n\n");
        page.locator("#run").click();
        page.locator(".lane .warning").getByText("half of the words are unknown").waitFor();
    }

    @Test
    void onAPhoneTheCanvasComesFirst() {
        page = playground.page(390, 844, ColorScheme.LIGHT);
        assertThat(page.locator("#stage").boundingBox().y)
                .isLessThan(page.locator("#prompt").boundingBox().y);
        assertThat((Boolean) page.evaluate("document.getElementById('stage').compareDocumentPosition("
                        + "document.getElementById('prompt')) === Node.DOCUMENT_POSITION_FOLLOWING"))
                .as("also to keyboards and screen readers")
                .isTrue();
        run();
        BoundingBox run = page.locator("#run").boundingBox();
        assertThat(run.y + run.height).as("Run stays in sight").isLessThan(844);
        assertThat(page.locator(".canvas").boundingBox().y).isBetween(0.0, 300.0);
        page.setViewportSize(1280, 900);
        assertThat(page.locator("#stage").boundingBox().x)
                .isGreaterThan(page.locator("#prompt").boundingBox().x);
    }

    @Test
    void withoutAPromptThereIsNothingToRun() {
        AtomicInteger requests = new AtomicInteger();
        page.onRequest(request -> requests.addAndGet(request.method().equals("POST") ? 1 : 0));
        page.locator("#prompt").fill(" \n");
        assertThat(page.locator("#run").isDisabled()).isTrue();
        assertThat(page.locator("#why").textContent()).isEqualTo("Type a question to run.");
        page.keyboard().press("Control+Enter");
        assertThat(page.locator(".lane").count()).isZero();
        page.locator("#prompt").fill("x");
        assertThat(page.locator("#run").isEnabled()).isTrue();
        assertThat(page.locator("#why").textContent()).isEmpty();
        assertThat(requests).hasValue(0);
    }

    @Test
    void anAnswerThatIsKeptIsATurn() throws IOException {
        page.locator("#more summary").click();
        page.locator("#system").fill("Be brief.");
        String question = page.locator("#prompt").inputValue();
        run();
        String answer = page.locator(".answer").textContent();
        page.locator(".keep").click();
        assertThat(page.locator("#turns li p").allTextContents()).containsExactly(question, answer);
        assertThat((String) page.evaluate("document.activeElement.id")).isEqualTo("prompt");
        page.locator("#prompt").fill("And three weeks?");

        JsonNode messages = asked("/v1/chat/completions").path("messages");

        assertThat(messages.findValuesAsText("role")).containsExactly("system", "user", "assistant", "user");
        assertThat(messages.findValuesAsText("content"))
                .containsExactly("Be brief.", question, answer, "And three weeks?");
        page.locator("#forget").click();
        assertThat(page.locator("#conversation").isVisible()).isFalse();
    }

    @Test
    void aGapIsFilled() throws IOException {
        page.locator("[value=gap]").check();
        assertThat(page.locator("#length").isVisible()).isFalse();
        JsonNode asked = asked("/v1/completions");
        assertThat(asked.path("prompt").asText()).isEqualTo("Ida has 6 * 4 = ");
        assertThat(asked.path("suffix").asText()).startsWith(" pears. Ben");
        assertThat(asked.path("max_tokens").intValue()).isEqualTo(2);
        assertThat(page.locator(".answer").textContent()).startsWith("Ida has 6 * 4 = 24 pears. Ben");
        assertThat(page.locator(".cell.token").count()).isEqualTo(2);
        assertThat(page.locator(".cell.fixed").count()).isGreaterThan(20);

        page.locator("#prompt").fill("[MASK:2] and [MASK:1]");
        assertThat(page.locator("#why").textContent()).contains("one gap");
        page.locator("#prompt").fill("no gap");
        assertThat(page.locator("#run").isDisabled()).isTrue();
        page.locator("[value=chat]").check();
        assertThat(page.locator("#prompt").inputValue()).startsWith("Ned has 6 pears.");
    }

    @ParameterizedTest
    @EnumSource(value = ColorScheme.class, names = {"LIGHT", "DARK"}, mode = Mode.INCLUDE)
    void everyTextStandsOutFromItsGround(ColorScheme scheme) {
        page = playground.page(1280, 900, scheme);
        page.locator("#compare").check();
        page.locator("#more summary").click();
        run();
        page.locator(".cell.token").first().hover();
        for (int probability = 0; probability <= 100; probability += 10) {
            page.evaluate("""
                    probability => { for (const cell of document.querySelectorAll('.cell.token')) {
                      cell.classList.remove('new');
                      cell.style.setProperty('--above', Math.max(0, (probability - .6) / .4));
                      cell.style.setProperty('--middle', Math.max(0, Math.min(1, (probability - .2) / .4)));
                    } }""", probability / 100.0);
            assertThat(((Number) page.evaluate(LEAST_CONTRAST)).doubleValue())
                    .as("at probability %d %%", probability)
                    .isGreaterThanOrEqualTo(WCAG_AA);
        }
    }
}
