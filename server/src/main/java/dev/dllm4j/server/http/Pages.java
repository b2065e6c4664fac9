package dev.dllm4j.server.http;

import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What is served as it lies in the jar: the playground and the description of the interface. */
final class Pages {
    /** A browser loads nothing from elsewhere for the playground, sends nothing elsewhere, and shows it in no frame. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Map<String, Page> pages = Map.of(
            "/", read("playground/index.html", "text/html; charset=utf-8"),
            "/playground.css", read("playground/playground.css", "text/css; charset=utf-8"),
            "/playground.js", read("playground/playground.js", "text/javascript; charset=utf-8"),
            "/settings.js", read("playground/settings.js", "text/javascript; charset=utf-8"),
            "/lane.js", read("playground/lane.js", "text/javascript; charset=utf-8"),
            "/openapi.json", read("openapi.json", "application/json"));

    private record Page(String type, String content) {}

    /** Paths that {@link #send} knows. */
    Iterable<String> paths() {
        return pages.keySet();
    }

    void send(String path, Exchange exchange) {
        Page page = pages.get(path);
        if (page == null) {
            throw new IllegalStateException("no page at " + path);
        }
        HttpServerResponse response = exchange.response();
        if (!page.type().startsWith("application/")) {
            response.putHeader("Content-Security-Policy", POLICY);
            response.putHeader("Referrer-Policy", "no-referrer");
            response.putHeader("Cache-Control", "no-cache");
        }
        exchange.send(200, page.type(), page.content());
    }

    private static Page read(String name, String type) {
        try (InputStream content = Pages.class.getResourceAsStream(name)) {
            if (content == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new Page(type, new String(content.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
