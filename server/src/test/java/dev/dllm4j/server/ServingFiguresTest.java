package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.RawConnection;
import dev.dllm4j.server.testing.StarterModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What serving costs and gives, measured on the bundled model and its questions. docs/serving.md has the command; of
 * times it means something on a quiet machine only.
 */
@EnabledIfSystemProperty(
        named = "dllm4j.figures",
        matches = "true",
        disabledReason = "measures for minutes, on a quiet machine; docs/serving.md, Figures")
class ServingFiguresTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final int TOGETHER = 8;
    /** Short requests until the JVM has compiled the way through a server; until then its compilers take a core. */
    private static final int STEADY = 20_000;

    private static final Pattern RESULT = Pattern.compile("####\\s*(-?\\d+)");

    @TempDir
    private static Path folder;

    private static Decoder decoder;
    private static Server server;
    private static Client client;
    private static List<JsonNode> questions;

    @BeforeAll
    static void serve() throws IOException {
        decoder = Decoder.open(StarterModel.convert(folder), RuntimeOptions.DEFAULT);
        server = Server.start(
                List.of(new ServedModel("starter", decoder, RuntimeOptions.DEFAULT, Instant.EPOCH)),
                ServerOptions.DEFAULT.withPort(0));
        client = new Client(server);
        questions = Files.readAllLines(StarterModel.questions()).stream()
                .map(Client::json)
                .toList();
        // What is compiled and opened on first use is so before anything is measured.
        IntStream.range(0, 60).forEach(number -> {
            client.post(CHAT, body(number, false, ""));
            decoder.generate(question(number), DecodingConfig.DEFAULT);
        });
    }

    @AfterAll
    static void stop() {
        server.close();
        decoder.close();
    }

    private static String question(int number) {
        return questions.get(number % questions.size()).path("question").asText();
    }

    private static String body(int number, boolean stream, String decoding) {
        return body(number, 128, stream, decoding);
    }

    private static String body(int number, int maxTokens, boolean stream, String decoding) {
        ObjectNode body = new ObjectMapper().createObjectNode();
        body.putArray("messages").addObject().put("role", "user").put("content", question(number));
        body.put("max_tokens", maxTokens).put("stream", stream);
        if (!decoding.isEmpty()) {
            body.set("decoding", Client.json(decoding));
        }
        return body.toString();
    }

    private static void say(String format, Object... values) {
        System.out.println("figure: " + String.format(Locale.ROOT, format, values));
    }

    private static double median(List<Double> values) {
        return quantile(values, 0.5);
    }

    /** The least value that so large a share of them does not exceed. */
    private static double quantile(List<Double> values, double share) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
    }

    private static double milliseconds(Runnable task) {
        long begin = System.nanoTime();
        task.run();
        return (System.nanoTime() - begin) / 1e6;
    }

    private static void together(int first) {
        List<CompletableFuture<Reply>> replies = IntStream.range(first, first + TOGETHER)
                .mapToObj(number -> client.postAsync(CHAT, body(number, true, "")))
                .toList();
        replies.forEach(reply -> assertThat(reply.join().events("message")).contains("[DONE]"));
    }

    private static void inSequence(int first) {
        IntStream.range(first, first + TOGETHER)
                .forEach(number -> assertThat(
                                client.post(CHAT, body(number, true, "")).events("message"))
                        .contains("[DONE]"));
    }

    @Test
    void eightStreamsTogetherAreNoSlowerThanInSequence() {
        List<Double> together = new ArrayList<>();
        List<Double> sequence = new ArrayList<>();
        for (int round = 0; round < 25; round++) {
            int first = round * TOGETHER;
            // Whichever is first has the colder caches, so they take turns.
            if (round % 2 == 0) {
                together.add(milliseconds(() -> together(first)));
                sequence.add(milliseconds(() -> inSequence(first)));
            } else {
                sequence.add(milliseconds(() -> inSequence(first)));
                together.add(milliseconds(() -> together(first)));
            }
        }
        say(
                "8 streams, 25 rounds: together median %.1f ms, in sequence %.1f ms, ratio %.3f",
                median(together), median(sequence), median(together) / median(sequence));
        assertThat(median(together)).isLessThanOrEqualTo(median(sequence));
    }

    @Test
    void timeToTheFirstSettledText() {
        for (int others : new int[] {0, TOGETHER - 1}) {
            List<Double> times = Collections.synchronizedList(new ArrayList<>());
            for (int round = 0; round < (others == 0 ? 200 : 25); round++) {
                int first = round * TOGETHER;
                List<CompletableFuture<Void>> streams = IntStream.rangeClosed(0, others)
                        .mapToObj(number -> CompletableFuture.runAsync(
                                () -> times.add(firstText(first + number)), task -> new Thread(task).start()))
                        .toList();
                streams.forEach(CompletableFuture::join);
            }
            say(
                    "first settled text of %d streams, %d at once: median %.1f ms, p99 %.1f ms",
                    times.size(), others + 1, median(times), quantile(times, 0.99));
            assertThat(times).hasSize(200);
        }
    }

    private static double firstText(int number) {
        long begin = System.nanoTime();
        try (RawConnection stream = new RawConnection(server, 0).post(CHAT, body(number, true, ""))) {
            // The opening's content is empty; the first delta's is not.
            stream.readUntil("\"delta\":{\"content\":\"");
            double time = (System.nanoTime() - begin) / 1e6;
            stream.readUntil("data: [DONE]");
            return time;
        }
    }

    @Test
    void whatTheServerAddsToTheLibraryAtConcurrencyOne() {
        try (RawConnection connection = new RawConnection(server, 0)) {
            overhead("after 60 requests", connection);
            for (int number = 0; number < STEADY / 2; number++) {
                String body = body(number, 8, false, "");
                connection.post(CHAT, body).readAnswer();
                client.post(CHAT, body);
            }
            double overhead = overhead("after " + STEADY + " more", connection);
            assertThat(overhead).isLessThanOrEqualTo(0.05);
        }
    }

    /** The median of what the server adds to a question, as a share of the library's median. */
    private static double overhead(String when, RawConnection connection) {
        List<Double> library = new ArrayList<>();
        List<Double> added = new ArrayList<>();
        List<Double> addedThroughClient = new ArrayList<>();
        for (int number = 0; number < 300; number++) {
            String question = question(number);
            String body = body(number, false, "");
            String[] texts = new String[3];
            double[] times = new double[3];
            Runnable[] ways = {
                () -> texts[0] =
                        decoder.generate(question, DecodingConfig.DEFAULT).text(),
                () -> texts[1] = connection.post(CHAT, body).readAnswer(),
                () -> texts[2] = client.post(CHAT, body).body()
            };
            // Each is as often first, second and last.
            for (int turn = 0; turn < ways.length; turn++) {
                int way = (number + turn) % ways.length;
                times[way] = milliseconds(ways[way]);
            }
            assertThat(text(texts[1])).isEqualTo(texts[0]);
            assertThat(text(texts[2])).isEqualTo(texts[0]);
            library.add(times[0]);
            added.add(times[1] - times[0]);
            addedThroughClient.add(times[2] - times[0]);
        }
        say(
                "concurrency 1, 300 questions %s, medians: library %.2f ms, the server adds %.2f ms = %.1f %%;"
                        + " with the JDK's HTTP client %.2f ms = %.1f %%",
                when,
                median(library),
                median(added),
                100 * median(added) / median(library),
                median(addedThroughClient),
                100 * median(addedThroughClient) / median(library));
        return median(added) / median(library);
    }

    private static String text(String reply) {
        return Client.json(reply).at("/choices/0/message/content").asText();
    }

    @Test
    void aGrowingCanvasBesideAFixedOne() {
        int[] right = new int[2];
        long[] forwards = new long[2];
        long[] rows = new long[2];
        List<String> canvases = List.of("fixed", "grow");
        for (int number = 0; number < questions.size(); number++) {
            for (int canvas = 0; canvas < 2; canvas++) {
                Reply reply = client.post(CHAT, body(number, false, "{\"canvas\":\"" + canvases.get(canvas) + "\"}"));
                right[canvas] += result(reply.text())
                                .equals(result(
                                        questions.get(number).path("answer").asText()))
                        ? 1
                        : 0;
                forwards[canvas] +=
                        reply.json().path("usage").path("work").path("forwards").asLong();
                rows[canvas] += reply.json()
                        .path("usage")
                        .path("work")
                        .path("rows_computed")
                        .asLong();
            }
        }
        for (int canvas = 0; canvas < 2; canvas++) {
            say(
                    "canvas %s, 128 positions, blocks of 32, threshold(0.9): %d of %d right, %.2f forwards and %.0f rows an answer",
                    canvases.get(canvas),
                    right[canvas],
                    questions.size(),
                    (double) forwards[canvas] / questions.size(),
                    (double) rows[canvas] / questions.size());
        }
        assertThat(Arrays.stream(right).min().orElseThrow()).isPositive();
    }

    private static String result(String text) {
        Matcher matcher = RESULT.matcher(text);
        return matcher.find() ? matcher.group(1) : "none in " + text;
    }
}
