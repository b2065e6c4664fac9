package dev.dllm4j.server.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.server.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Talks to a server as any program would, over the JDK's own client. */
public final class Client {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;

    public Client(Server server) {
        base = URI.create(server.url());
    }

    /** A status with what came along. */
    public record Reply(HttpResponse<String> response) {
        public int status() {
            return response.statusCode();
        }

        public String body() {
            return response.body();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public JsonNode json() {
            return Client.json(body());
        }

        /** The error's message, after its param. */
        public String error() {
            JsonNode error = json().path("error");
            return error.path("param").asText() + ": " + error.path("message").asText();
        }

        /** The text of the first choice, of either shape. */
        public String text() {
            JsonNode choice = json().at("/choices/0");
            return choice.has("text")
                    ? choice.path("text").asText()
                    : choice.at("/message/content").asText();
        }

        /** The data of a stream's events of a name; nameless events are called message. */
        public List<String> events(String name) {
            List<String> data = new ArrayList<>();
            for (String event : body().split("\n\n", -1)) {
                String found = "message";
                String content = "";
                for (String line : event.split("\n", -1)) {
                    found = line.startsWith("event: ") ? line.substring(7) : found;
                    content = line.startsWith("data: ") ? line.substring(6) : content;
                }
                if (found.equals(name) && !content.isEmpty()) {
                    data.add(content);
                }
            }
            return data;
        }

        /** The text of a stream's deltas of one choice. */
        public String streamed(int index) {
            StringBuilder text = new StringBuilder();
            for (String data : events("message")) {
                if (!data.equals("[DONE]")) {
                    for (JsonNode choice : Client.json(data).path("choices")) {
                        if (choice.path("index").asInt() == index) {
                            text.append(choice.at("/delta/content").asText(""))
                                    .append(choice.path("text").asText(""));
                        }
                    }
                }
            }
            return text.toString();
        }
    }

    public static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    public Reply get(String path) {
        return send(request(path).GET().build());
    }

    public Reply post(String path, String body) {
        return send(posting(path, body));
    }

    /** The value of a metric that has these words in its line, 0 where there is none. */
    public double metric(String... words) {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#") && List.of(words).stream().allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    public CompletableFuture<Reply> postAsync(String path, String body) {
        return http.sendAsync(posting(path, body), BodyHandlers.ofString()).thenApply(Reply::new);
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofMinutes(3));
    }

    public Reply send(HttpRequest request) {
        try {
            return new Reply(http.send(request, BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpRequest posting(String path, String body) {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
    }
}
