package dev.dllm4j.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A server that may be somebody else's: what it sends is bounded in length and time. Where it cannot be reached, is
 * overloaded or fails, it is asked again, each time after twice the wait, or after what it asks for itself, unless it says
 * that another try is in vain. Safe for use by several threads.
 */
final class ServerConnection {
    private static final int TRIES = 6;
    private static final String KEY = "[\\x21-\\x7e]+";

    private final URI server;
    private final Optional<String> key;
    private final Terms terms;
    // HTTP/1.1: what the JDK sends to offer HTTP/2 in the clear stops some servers.
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    /**
     * What an answer may cost.
     *
     * @param firstWait before the second try
     * @param patience longest time from a request to the end of its answer
     * @param bytes longest answer
     */
    record Terms(Duration firstWait, Duration patience, int bytes) {
        static final Terms DEFAULT = new Terms(Duration.ofSeconds(1), Duration.ofMinutes(30), 16 << 20);
    }

    /** What the server said in the end. */
    record Reply(int status, String body) {}

    /**
     * @param server what stands before {@code /v1}, which may stand there, too
     * @param key sent as a bearer's token
     */
    ServerConnection(URI server, Optional<String> key, Terms terms) {
        String scheme = server.getScheme();
        if (!("http".equals(scheme) || "https".equals(scheme)) || server.getHost() == null) {
            throw new IllegalArgumentException(
                    "server is " + server + "; it must be an address, e.g. http://localhost:8080");
        }
        if (server.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "server has a user or password in its address, which results would keep; leave it out, and name the"
                            + " environment variable of a key with --api-key-env");
        }
        key.filter(given -> !given.matches(KEY)).ifPresent(given -> {
            throw new IllegalArgumentException(
                    "the API key is empty or has a character that no header may have; check the variable that holds it");
        });
        this.server = server;
        this.key = key;
        this.terms = terms;
    }

    /**
     * Posts JSON.
     *
     * @param path after the server's address
     * @throws UncheckedIOException where all tries found no server, or one that takes no request at present
     */
    Reply post(String path, String body) throws InterruptedException {
        HttpRequest request = request(path, body);
        Duration wait = terms.firstWait();
        String reason = "";
        Optional<Reply> last = Optional.empty();
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            Duration asked = Duration.ZERO;
            try {
                HttpResponse<String> response = send(request);
                last = Optional.of(new Reply(response.statusCode(), response.body()));
                if (!mayPass(response)) {
                    return last.get();
                }
                reason = "status " + response.statusCode();
                asked = RetryAfter.of(response.headers(), Instant.now());
            } catch (EndlessAnswerException e) {
                return new Reply(200, "(" + e.getMessage() + ")");
            } catch (IOException e) {
                last = Optional.empty();
                reason = OneLine.of(e.toString(), 200);
            }
            if (attempt < TRIES) {
                Thread.sleep((asked.compareTo(wait) > 0 ? asked : wait).toMillis());
                wait = wait.multipliedBy(2);
            }
        }
        String tries = reason;
        return last.filter(reply -> reply.status() == 500)
                .orElseThrow(() -> failure("gave no answer in " + TRIES + " tries (" + tries
                        + "); start it again and go on with --resume"));
    }

    /** Whether another try may fare better: by the status, unless the server says that it will not, as OpenAI's do. */
    private static boolean mayPass(HttpResponse<?> response) {
        boolean inVain = response.headers()
                .firstValue("x-should-retry")
                .filter("false"::equalsIgnoreCase)
                .isPresent();
        return !inVain && (response.statusCode() == 429 || response.statusCode() >= 500);
    }

    /** What ends an evaluation: the server as a whole is at fault. */
    UncheckedIOException failure(String what) {
        String message = "server " + server + " " + what;
        return new UncheckedIOException(message, new IOException(message));
    }

    private HttpRequest request(String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(server.toString().replaceAll("/*(/v1)?/*$", "") + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
        key.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        return request.build();
    }

    /** The JDK's own time limit ends with the response's head. */
    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> response =
                client.sendAsync(request, head -> new CappedBody(terms.bytes()));
        try {
            return response.get(terms.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new EndlessAnswerException(
                    "no whole answer within " + terms.patience().toMillis() / 1e3 + " seconds");
        } finally {
            response.cancel(true);
        }
    }
}
