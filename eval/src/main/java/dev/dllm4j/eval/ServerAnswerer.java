package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Any server that speaks OpenAI's protocol, asked the same questions and scored by the same rules. A request that fails
 * for a reason that may pass (no connection, status 429 or 5xx) is made again, each time after twice the wait; then the
 * evaluation ends, and can be resumed.
 */
public final class ServerAnswerer implements Answerer {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int TRIES = 6;
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final URI server;
    private final String model;
    private final boolean chat;
    private final int maxTokens;
    private final int atOnce;
    private final Duration firstWait;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    /**
     * @param server e.g. {@code http://localhost:8080}, what stands before {@code /v1}
     * @param model as the server calls it
     * @param chat whether questions go through its chat template, as one message
     * @param maxTokens of an answer, at most
     * @param atOnce requests under way at a time
     */
    public ServerAnswerer(URI server, String model, boolean chat, int maxTokens, int atOnce) {
        this(server, model, chat, maxTokens, atOnce, Duration.ofSeconds(1));
    }

    ServerAnswerer(URI server, String model, boolean chat, int maxTokens, int atOnce, Duration firstWait) {
        String scheme = server.getScheme();
        if (!("http".equals(scheme) || "https".equals(scheme)) || server.getHost() == null) {
            throw new IllegalArgumentException(
                    "server is " + server + "; it must be an address, e.g. http://localhost:8080");
        }
        if (atOnce < 1) {
            throw new IllegalArgumentException("batch is " + atOnce + "; it must be at least 1");
        }
        this.server = server;
        this.model = model;
        this.chat = chat;
        this.maxTokens = maxTokens;
        this.atOnce = atOnce;
        this.firstWait = firstWait;
    }

    @Override
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("settings")
                .put("server", server.toString())
                .put("model", model)
                .put("strategy", "(the server's)")
                .put("cache", "(the server's)")
                .put("gen_length", maxTokens)
                .put("temperature", 0);
        json.put("batch", atOnce);
        return json;
    }

    @Override
    public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
        ExecutorService threads = Executors.newFixedThreadPool(atOnce);
        try {
            CompletionService<ObjectNode> answers = new ExecutorCompletionService<>(threads);
            questions.forEach(question -> answers.submit(() -> line(question)));
            for (int answered = 0; answered < questions.size(); answered++) {
                lines.accept(answers.take().get());
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted; go on with --resume", e));
        } finally {
            threads.shutdownNow();
        }
    }

    private ObjectNode line(Exam.Asked asked) throws InterruptedException {
        HttpResponse<String> response = post(body(asked).toString());
        JsonNode json = parse(response.body());
        if (response.statusCode() == 400
                && json.path("error").path("code").asText().equals("context_length_exceeded")) {
            return Item.outOfContext(asked.question());
        }
        JsonNode choice = json.path("choices").path(0);
        JsonNode output = chat ? choice.path("message").path("content") : choice.path("text");
        if (response.statusCode() != 200 || !output.isTextual()) {
            throw failure("answered " + response.statusCode() + ": " + excerpt(response.body())
                    + "; check its address, model and limits");
        }
        ObjectNode usage =
                json.path("usage") instanceof ObjectNode reported ? reported : JsonNodeFactory.instance.objectNode();
        return Item.answered(asked.task(), asked.question(), output.textValue(), 0, usage);
    }

    private ObjectNode body(Exam.Asked asked) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model).put("max_tokens", maxTokens).put("temperature", 0);
        if (chat) {
            body.putArray("messages").addObject().put("role", "user").put("content", asked.text());
        } else {
            body.put("prompt", asked.text());
        }
        if (!asked.task().stops().isEmpty()) {
            asked.task().stops().forEach(body.putArray("stop")::add);
        }
        return body;
    }

    private HttpResponse<String> post(String body) throws InterruptedException {
        URI address = URI.create(
                server.toString().replaceAll("/+$", "") + (chat ? "/v1/chat/completions" : "/v1/completions"));
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        Duration wait = firstWait;
        String reason = "";
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            try {
                HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
                if (response.statusCode() != 429 && response.statusCode() < 500) {
                    return response;
                }
                reason = "status " + response.statusCode();
            } catch (IOException e) {
                reason = e.toString();
            }
            if (attempt < TRIES) {
                Thread.sleep(wait.toMillis());
                wait = wait.multipliedBy(2);
            }
        }
        throw failure("gave no answer in " + TRIES + " tries (" + reason + "); start it again and go on with --resume");
    }

    /** A missing node where the body is no JSON. */
    private static JsonNode parse(String body) {
        try {
            return MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private UncheckedIOException failure(String what) {
        String message = "server " + server + " " + what;
        return new UncheckedIOException(message, new IOException(message));
    }

    private static String excerpt(String body) {
        String line = body.replaceAll("\\s+", " ");
        return line.substring(0, Math.min(200, line.length()));
    }
}
