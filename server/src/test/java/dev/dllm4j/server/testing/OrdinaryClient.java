package dev.dllm4j.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.server.Server;
import dev.dllm4j.server.testing.KeptConnection.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the bundled model its questions, one after the other on a connection of its own, and compares every answer with
 * the library's. Told that the server is full, it comes again when it was told to. Confined to one thread.
 */
public final class OrdinaryClient implements AutoCloseable {
    private static final int QUESTIONS = 6;
    private static final int TOKENS = 64;
    private static final int MOST_TRIES = 20;

    private final KeptConnection connection;
    private final List<Question> questions;
    private int next;

    /** @param first where among the questions to begin */
    public OrdinaryClient(Server server, List<Question> questions, int first) {
        connection = new KeptConnection(server);
        this.questions = questions;
        next = first;
    }

    /** A request and the text that answers it. */
    public record Question(String body, boolean streamed, String expected) {}

    /** Questions in every way of decoding that is here, each in one piece and streamed. */
    public static List<Question> questions(Decoder decoder) throws IOException {
        DecodingConfig plain = DecodingConfig.DEFAULT.withFrame(new Blocks(32), TOKENS, TOKENS);
        List<Way> ways = List.of(
                new Way("{}", plain),
                new Way("{\"strategy\":\"topk(4)\"}", plain.withStrategy(UnmaskingStrategy.parse("topk(4)"))),
                new Way("{\"cache\":\"dual\"}", plain.withCache(CacheSpec.parse("dual"))),
                new Way("{\"cache\":\"prefix\"}", plain.withCache(CacheSpec.parse("prefix"))),
                new Way("{\"cache\":\"elastic\"}", plain.withCache(CacheSpec.parse("elastic"))),
                new Way("{\"cache\":\"dllm-cache\"}", plain.withCache(CacheSpec.parse("dllm-cache"))),
                new Way("{\"guidance\":1.5}", plain.withGuidance(1.5)),
                new Way(
                        "{\"temperature\":0.8,\"top_p\":0.9,\"top_k\":20,\"seed\":5}",
                        plain.withSampling(new Sampling(0.8, 20, 0.9, 5))));
        List<Question> questions = new ArrayList<>();
        for (String line : Files.readAllLines(StarterModel.questions()).subList(0, QUESTIONS)) {
            String text = Client.json(line).path("question").asText();
            for (Way way : ways) {
                String expected = decoder.generate(text, way.config()).text();
                for (boolean streamed : new boolean[] {false, true}) {
                    questions.add(new Question(body(text, way.decoding(), streamed), streamed, expected));
                }
            }
        }
        return List.copyOf(questions);
    }

    /** A decoding, as a request says it and as the library does. */
    private record Way(String decoding, DecodingConfig config) {}

    private static String body(String text, String decoding, boolean streamed) {
        ObjectNode body = (ObjectNode) Client.json("{}");
        body.putArray("messages").addObject().put("role", "user").put("content", text);
        body.put("model", Attackers.BUNDLED).put("max_tokens", TOKENS).put("stream", streamed);
        ((ObjectNode) body.set("decoding", Client.json(decoding)).path("decoding")).put("block_length", 32);
        return body.toString();
    }

    /** Asks the next question, and notes how long its answer took from the first byte sent to the last received. */
    public void ask(Latencies latencies, AtomicLong toldToComeAgain) throws IOException {
        Question question = questions.get(next++ % questions.size());
        byte[] body = question.body().getBytes(UTF_8);
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            long begin = System.nanoTime();
            Answer answer = connection.send("POST", Attackers.head(body.length), body);
            if (answer.status() != 429) {
                latencies.add(System.nanoTime() - begin);
                check(question, answer);
                return;
            }
            toldToComeAgain.incrementAndGet();
            LockSupport.parkNanos(
                    Duration.ofSeconds(Long.parseLong(answer.headers().get("retry-after")))
                            .toNanos());
        }
        throw new AssertionError("sent away " + MOST_TRIES + " times: " + question.body());
    }

    private static void check(Question question, Answer answer) {
        String text = answer.status() != 200 || !question.streamed()
                ? Client.json(answer.body()).at("/choices/0/message/content").asText()
                : streamed(answer.body());
        if (answer.status() != 200 || !text.equals(question.expected())) {
            throw new AssertionError(question.body() + " was answered with " + answer.status() + " and " + answer.body()
                    + ", not with " + question.expected());
        }
    }

    private static String streamed(String events) {
        StringBuilder text = new StringBuilder();
        events.lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> Client.json(line.substring(6)))
                .map(event -> event.at("/choices/0/delta/content"))
                .filter(JsonNode::isTextual)
                .forEach(content -> text.append(content.asText()));
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
