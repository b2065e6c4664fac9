package dev.dllm4j.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dllm4j.server.Server;
import dev.dllm4j.server.testing.OddRequests.Odd;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Clients that ask for too much, for nonsense, or for what they do not take. Each is one thread's, rests between its
 * attacks, and holds a few connections and sequences at most: a crowd beside which others are to be served, not a flood
 * that takes every place. They expect the models {@link #BUNDLED} and {@link #GROWING}.
 */
public final class Attackers {
    /** Whom the rest is for. */
    public static final String BUNDLED = "starter";

    /** Whose chat template writes much, or takes long, as its message says. */
    public static final String GROWING = "growing";

    /** What {@link #GROWING} has for a template: messages of a few thousand characters make millions. */
    public static final String GROWING_TEMPLATE = "{% if messages[0].content == 'slow' %}"
            + "{% for i in range(300) %}{% for j in range(300) %}{% endfor %}{% endfor %}5 6"
            + "{% else %}{% for i in range(2000) %}{{ messages[0].content }}{% endfor %}{% endif %}";

    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static final String GET = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final int ODD_BYTES = 32 << 10;
    /** The system takes in little for who does not read. */
    private static final int RECEIVE_BYTES = 4096;

    private static final int TOKENS = 870;

    /** Each begins with how many tokens it wants. */
    private static final List<String> DEMANDS = List.of(
            "128,\"n\":4,\"temperature\":1.5,\"top_p\":0.9,\"seed\":3",
            "256,\"temperature\":1,\"top_p\":0.01,\"decoding\":{\"strategy\":\"topk(4)\"}",
            "64,\"logit_bias\":" + biasOnAll(-100),
            "64,\"logit_bias\":" + biasOnAll(100) + ",\"n\":2,\"temperature\":0.5",
            "64,\"decoding\":{\"guidance\":1000}",
            "64,\"decoding\":{\"guidance\":1e-300}",
            "128,\"stop\":[\"" + "a".repeat(20_000) + "\",\" \",\"####\",\"=\"]",
            "256,\"decoding\":{\"canvas\":\"grow\",\"cache\":\"dual\",\"stop\":\"full\"}",
            "64,\"decoding\":{\"strategy\":\"filter(path=/etc/hostname)\"}",
            "64,\"decoding\":{\"strategy\":\"credit(then=filter(path=/no/such/file))\"}",
            "64,\"decoding\":{\"strategy\":\"" + "credit(then=".repeat(2000) + "\"}",
            "9".repeat(100_000),
            "64,\"seed\":1e" + "9".repeat(50_000),
            "64,\"metadata\":" + "[".repeat(20_000) + "]".repeat(20_000));

    private static final List<String> HEADS = List.of(
            "Host: evil.example\r\n",
            "Host: localhost.evil.example:80\r\n",
            "Host: a b\r\n",
            "",
            "Host: localhost\r\nTransfer-Encoding: gzip\r\n",
            "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n",
            "Host: localhost\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n",
            "Host: localhost\r\nContent-Length: -1\r\n",
            "Host: localhost\r\nX-Long: " + "x".repeat(20_000) + "\r\n");

    private Attackers() {}

    /**
     * One kind of them.
     *
     * @param pause between two attacks
     */
    public record Attacker(String name, Duration pause, Attack attack) {}

    /** What it does in one of its rounds; a server that hangs up ends it by an exception. */
    @FunctionalInterface
    public interface Attack {
        void once(Server server, int round) throws IOException;
    }

    public static List<Attacker> all() {
        return List.of(
                new Attacker("long prompts", Duration.ofMillis(3000), Attackers::longPrompts),
                new Attacker("answers unread", Duration.ofMillis(1000), Attackers::leaveAnswersUnread),
                new Attacker("streams left", Duration.ofMillis(1000), Attackers::leaveMidway),
                new Attacker("streams read slowly", Duration.ofMillis(1000), Attackers::readSlowly),
                new Attacker("odd requests", Duration.ofMillis(200), Attackers::sendOddRequests),
                new Attacker("demands", Duration.ofMillis(2000), Attackers::demand),
                new Attacker("odd heads", Duration.ofMillis(100), Attackers::sendOddHeads),
                new Attacker("templates", Duration.ofMillis(500), Attackers::renderMuch));
    }

    private static String biasOnAll(int bias) {
        return IntStream.range(0, TOKENS)
                .mapToObj(token -> "\"" + token + "\":" + bias)
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String chat(String model, String text, String more) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text
                + "\"}],\"max_tokens\":" + more + "}";
    }

    private static String chat(String text, String more) {
        return chat(BUNDLED, text, more);
    }

    private static String completion(int tokens) {
        return "{\"model\":\"" + BUNDLED + "\",\"max_tokens\":4,\"prompt\":[5" + ",5".repeat(tokens - 1) + "]}";
    }

    /** Four at once, near what a body, a prompt or the model's context may have. */
    private static void longPrompts(Server server, int round) {
        String body = switch (round % 4) {
            case 0 -> chat("a ".repeat(500_000), "4");
            case 1 -> chat("a".repeat(250_000), "4");
            case 2 -> completion(300_000);
            default -> completion(600);
        };
        String path = round % 4 < 2 ? CHAT : COMPLETIONS;
        List<RawConnection> connections = new ArrayList<>();
        try {
            for (int each = 0; each < 4; each++) {
                connections.add(new RawConnection(server, 0).post(path, body));
            }
            connections.forEach(RawConnection::readAnswer);
        } finally {
            connections.forEach(RawConnection::close);
        }
    }

    private static void leaveAnswersUnread(Server server, int round) {
        try (RawConnection pages = new RawConnection(server, RECEIVE_BYTES);
                RawConnection answers = new RawConnection(server, RECEIVE_BYTES)) {
            pages.send(GET.repeat(16));
            for (int each = 0; each < 8; each++) {
                answers.post(CHAT, chat("How many?", "32,\"n\":2"));
            }
            rest(1500);
        }
    }

    private static void leaveMidway(Server server, int round) {
        try (RawConnection stream = new RawConnection(server, 0)) {
            stream.post(CHAT, chat("Ann has 3 apples.", "256,\"stream\":true,\"n\":2"))
                    .readUntil("data: ");
            rest(round % 30);
        }
    }

    /** Some of its events one after the other; then it leaves. */
    private static void readSlowly(Server server, int round) {
        try (RawConnection stream = new RawConnection(server, RECEIVE_BYTES)) {
            stream.post(
                    CHAT,
                    chat(
                            "Ann has 3 apples.",
                            "128,\"stream\":true,\"stream_options\":{\"include_canvas\":true},\"n\":2,"
                                    + "\"decoding\":{\"strategy\":\"topk(1)\",\"stop\":\"full\"}"));
            for (int event = 0; event < 40; event++) {
                stream.readUntil("\n\n");
                rest(50);
            }
        }
    }

    private static void sendOddRequests(Server server, int round) throws IOException {
        try (KeptConnection connection = new KeptConnection(server)) {
            for (int each = 0; each < 20; each++) {
                Odd odd = new OddRequests(20L * round + each, ODD_BYTES).next();
                byte[] body = forBundled(odd.body());
                String head = odd.head().replace("Length: " + odd.body().length, "Length: " + body.length);
                connection.send(odd.method(), head, body);
                rest(10);
            }
        }
    }

    /** Names a model where there is an object to name it in, as one of several must be. */
    private static byte[] forBundled(byte[] body) {
        if (body.length == 0 || body[0] != '{') {
            return body;
        }
        byte[] name = ("{\"model\":\"" + BUNDLED + "\",").getBytes(UTF_8);
        byte[] named = Arrays.copyOf(name, name.length + body.length - 1);
        System.arraycopy(body, 1, named, name.length, body.length - 1);
        return named;
    }

    private static void demand(Server server, int round) throws IOException {
        try (KeptConnection connection = new KeptConnection(server)) {
            post(connection, chat("Ann has 3 apples.", DEMANDS.get(round % DEMANDS.size())));
        }
    }

    private static void sendOddHeads(Server server, int round) {
        try (RawConnection connection = new RawConnection(server, 0)) {
            connection
                    .send("POST " + CHAT + " HTTP/1.1\r\n" + HEADS.get(round % HEADS.size())
                            + "Connection: close\r\nContent-Type: application/json\r\n\r\n")
                    .readToEnd();
        }
    }

    private static void renderMuch(Server server, int round) throws IOException {
        try (KeptConnection connection = new KeptConnection(server)) {
            String text = round % 2 == 0 ? "slow" : "5 ".repeat(2000);
            post(connection, chat(GROWING, text, "8"));
        }
    }

    private static void post(KeptConnection connection, String body) throws IOException {
        byte[] content = body.getBytes(UTF_8);
        connection.send("POST", head(content.length), content);
    }

    /** Of a chat request. */
    static String head(int length) {
        return "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + length + "\r\n\r\n";
    }

    private static void rest(long millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }
}
