package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Playwright.CreateOptions;
import com.microsoft.playwright.options.ColorScheme;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.StarterModel;
import dev.dllm4j.server.testing.Wait;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The playground in headless Chromium, in front of the bundled model, whose forwards a test lets through. */
final class Playground implements AutoCloseable {
    private static final Path CHROMIUM = Path.of(System.getProperty("dllm4j.chromium", "/usr/bin/chromium"));

    private final GatedServer starter;
    private final Playwright playwright;
    private final Browser browser;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> foreign = new ArrayList<>();
    private Optional<BrowserContext> context = Optional.empty();

    private Playground(GatedServer starter, Playwright playwright, Browser browser) {
        this.starter = starter;
        this.playwright = playwright;
        this.browser = browser;
    }

    /** Skips the tests, and says why, where there is no browser or nothing to drive it. */
    static Playground open(Path folder) {
        assumeTrue(
                Files.isExecutable(CHROMIUM),
                () -> "no Chromium at " + CHROMIUM + "; install Debian's chromium or name one by -Ddllm4j.chromium");
        Optional<Path> node = Programs.inPath("node");
        assumeTrue(node.isPresent(), "there is no node in the path, which runs Playwright's driver");
        Path model = StarterModel.convert(folder);
        GatedServer starter = new GatedServer(
                "starter",
                OnnxModel.open(model, RuntimeOptions.DEFAULT),
                HfTokenizer.read(model),
                ChatTemplate.read(model),
                ServerOptions.DEFAULT);
        // The driver is a program for Node.js; its own copy of that would be 200 MB, so it gets the one in the path.
        Playwright playwright = Playwright.create(new CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1", "PLAYWRIGHT_NODEJS_PATH", node.get().toString())));
        Browser browser = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(CHROMIUM).setArgs(List.of("--no-sandbox")));
        return new Playground(starter, playwright, browser);
    }

    GatedServer server() {
        return starter;
    }

    /** What the console and the page complained of. A test that expects a complaint takes it out. */
    List<String> complaints() {
        return complaints;
    }

    /** The page, loaded anew, in a window of so many pixels. */
    Page page(int width, int height, ColorScheme scheme) {
        context.ifPresent(BrowserContext::close);
        BrowserContext opened = browser.newContext(
                new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(scheme));
        context = Optional.of(opened);
        Page page = opened.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.onRequest(request -> {
            if (!request.url().startsWith(starter.url() + "/") && !request.url().startsWith("data:")) {
                foreign.add(request.url());
            }
        });
        page.navigate(starter.url() + "/");
        return page;
    }

    /** After a test: the page is closed, nothing went wrong, and the server is as before. */
    void settle() {
        context.ifPresent(BrowserContext::close);
        context = Optional.empty();
        List<String> seen = List.copyOf(complaints);
        complaints.clear();
        assertThat(seen).isEmpty();
        assertThat(foreign).as("loaded from elsewhere").isEmpty();
        Wait.until("no sequence is left", () -> {
            starter.gate().let(1);
            return starter.client().metric("dllm4j_active_sequences") == 0;
        });
        starter.gate().only(0);
    }

    @Override
    public void close() {
        playwright.close();
        starter.close();
    }
}
