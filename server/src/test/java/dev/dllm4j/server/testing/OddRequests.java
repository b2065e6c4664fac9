package dev.dllm4j.server.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Requests that are none, or nearly: by seed, with nesting, digits, long values, odd SPECs, odd types in every field,
 * broken UTF-8, bodies cut short, odd heads. What they ask for is little.
 */
public final class OddRequests {
    /** Mostly those that say something. */
    private static final List<String> FIELDS =
            withUnknown(List.of(RequestFields.READ, RequestFields.READ, RequestFields.READ, RequestFields.IDLE));

    private static final List<String> DECODING = withUnknown(List.of(RequestFields.DECODING));
    private static final List<String> ATOMS = List.of(
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1",
            "-0.0",
            "1.5",
            "1e999",
            "-1e-999",
            "1e38",
            "3.5e38",
            "1e-45",
            "4.9e-324",
            "1.7976931348623157e308",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "\"\"",
            "\" \"",
            "\"5 6\"",
            "\"97\"",
            "\"5 -1\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\ud83d\\ude00\"",
            "\"\\u202e5\"",
            "\"{{ 7 }}\"",
            "\"[MASK:4]\"",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "[null]",
            "[1,2]",
            "[-1]",
            "[97]",
            "[1.5]",
            "[2147483648]",
            "[\"5\",7]",
            "[[5],[6]]",
            "[\"5\",[6]]",
            "[{\"role\":\"user\",\"content\":\"5 6\"}]",
            "[{\"role\":\"user\",\"content\":\"97\"}]",
            "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"5\"}]}]",
            "[{\"role\":\"user\",\"content\":[{\"type\":7,\"text\":\"5\"}]}]",
            "[{\"role\":\"assistant\"}]",
            "[{\"role\":\"user\",\"content\":null}]",
            "{\"include_usage\":true}",
            "{\"include_canvas\":true}",
            "{\"5\":1e38}",
            "{\"5\":-100,\"6\":100}",
            "{\"97\":1}",
            "{\"-1\":1}",
            "{\"x\":1}",
            "nul",
            "NaN",
            "Infinity",
            "'a'",
            "01",
            "+1",
            ".5",
            "1.",
            "0x10",
            "[1,]",
            "{\"a\":1,\"a\":2}");
    private static final List<String> NAMES = List.of(
            "threshold",
            "entropy",
            "factor",
            "hierarchy",
            "filter",
            "credit",
            "revise",
            "schedule",
            "topk",
            "random",
            "dream-schedule",
            "dream-threshold",
            "blocks",
            "leftmost",
            "all",
            "none",
            "prefix",
            "dual",
            "elastic",
            "dllm-cache",
            "eot",
            "eotp",
            "eos-freeze",
            "full",
            "x",
            "");
    private static final List<String> KEYS = List.of(
            "threshold",
            "ties",
            "equal",
            "factor",
            "low",
            "path",
            "accept",
            "alpha",
            "beta",
            "gamma",
            "then",
            "preset",
            "commit",
            "keep",
            "by",
            "k",
            "alg-temp",
            "eps",
            "length",
            "count",
            "track",
            "along",
            "block-caching",
            "prefix-reuse",
            "prompt",
            "response",
            "share",
            "empty",
            "x",
            "");
    private static final List<String> WORDS = List.of(
            "NaN",
            "Infinity",
            "-Infinity",
            "first",
            "all",
            "near",
            "waits",
            "adaptive",
            "released",
            "margin",
            "confidence",
            "on",
            "heads",
            "made",
            "/",
            "/no/such/file",
            "..",
            "a b",
            "=",
            "(",
            ")",
            ",",
            "\\u0000",
            "\\n",
            "\\u0001",
            "\\u00a0",
            "\\ud800",
            "\\u202e");
    private static final List<String> METHODS =
            List.of("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW");
    private static final List<String> PATHS = List.of(
            "/v1/models",
            "/v1/models/%00",
            "/v1/models/%",
            "/v1/models/tiny",
            "/health",
            "/ready",
            "/metrics",
            "/",
            "//",
            "/../etc/passwd",
            "/v1/chat/completions/",
            "/v1/completions?x=%00",
            "*");

    private final Random random;
    private final int longest;

    /** @param longest bytes of a body, about */
    public OddRequests(long seed, int longest) {
        random = new Random(seed);
        this.longest = longest;
    }

    /** One request. */
    public static final class Odd {
        private final String method;
        private final String head;
        private final byte[] body;

        Odd(String method, String head, byte[] body) {
            this.method = method;
            this.head = head;
            this.body = body.clone();
        }

        public String method() {
            return method;
        }

        /** Every line of it, with the empty one behind. */
        public String head() {
            return head;
        }

        public byte[] body() {
            return body.clone();
        }
    }

    public Odd next() {
        byte[] body = body();
        boolean plain = random.nextInt(20) > 0;
        String method = random.nextInt(40) == 0 ? pick(METHODS) : "POST";
        String path = random.nextInt(40) == 0 ? pick(PATHS) : endpoint(new String(body, StandardCharsets.UTF_8));
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + (plain ? json() : oddHeaders())
                + "Content-Length: " + body.length + "\r\n\r\n";
        return new Odd(method, head, body);
    }

    /** Mostly the one that the body is for. */
    private String endpoint(String body) {
        return body.contains("\"messages\"") == random.nextInt(20) > 0 ? "/v1/chat/completions" : "/v1/completions";
    }

    private static String json() {
        return "Content-Type: application/json\r\n";
    }

    private String oddHeaders() {
        return switch (random.nextInt(9)) {
            case 0 -> "Content-Type: text/plain\r\n";
            case 1 -> "Content-Type: application/json;charset=utf-16\r\nAccept: nothing/*\r\n";
            case 2 -> "";
            case 3 -> json() + "Authorization: Bearer " + "x".repeat(random.nextInt(4000)) + "\r\n";
            case 4 -> json() + "X-Request-Id: a b;c\r\nX-Request-Id: d\r\n";
            case 5 -> json() + "Expect: 200-maybe\r\n";
            case 6 -> json() + "Accept-Encoding: gzip, br, x\r\nContent-Encoding: gzip\r\n";
            case 7 -> json() + "Cookie: " + "a=b; ".repeat(random.nextInt(500)) + "\r\n";
            default -> "Content-Type: " + "x".repeat(random.nextInt(10_000)) + "\r\n";
        };
    }

    private byte[] body() {
        return switch (random.nextInt(16)) {
            case 0 -> noise(random.nextInt(200));
            case 1 -> bytes(nested());
            case 2 -> bytes(object(pick(FIELDS), digits()));
            case 3 ->
                bytes("{\"prompt\":[5],\"max_tokens\":2,\"decoding\":{\"" + pick(DECODING) + "\":" + digits() + "}}");
            case 4 -> bytes(longOne());
            case 5 -> cut(bytes(object(pick(FIELDS), pick(ATOMS))));
            case 6 -> broken(bytes(object(pick(FIELDS), pick(ATOMS))));
            case 7, 8, 9, 10 -> bytes(decoding(pick(DECODING.subList(0, 4)), "\"" + spec(0) + "\""));
            case 11, 12 -> bytes(decoding(pick(DECODING), pick(ATOMS)));
            case 13 -> bytes(object("seed", String.valueOf(random.nextLong()))); // Taken, so that others wait for it.
            default -> bytes(object(pick(FIELDS), pick(ATOMS)));
        };
    }

    /** Valid but for one field. */
    private String object(String field, String value) {
        return "{\"max_tokens\":" + (1 + random.nextInt(4))
                + (random.nextBoolean()
                        ? ",\"prompt\":[5,6]"
                        : ",\"messages\":[{\"role\":\"user\",\"content\":\"5 6\"}]")
                + (random.nextInt(8) == 0 ? ",\"stream\":true" : "")
                + (field.equals("max_tokens") ? "}" : ",\"" + field + "\":" + value + "}");
    }

    private String decoding(String field, String value) {
        return "{\"max_tokens\":" + (1 + random.nextInt(4)) + ",\"prompt\":[5,6]"
                + (random.nextInt(8) == 0 ? ",\"temperature\":" + pick(ATOMS) : "")
                + ",\"decoding\":{\"block_length\":" + (1 + random.nextInt(4)) + ",\"" + field + "\":" + value
                + (random.nextInt(4) == 0 ? ",\"" + pick(DECODING) + "\":" + pick(ATOMS) : "") + "}}";
    }

    private String nested() {
        int depth = random.nextInt(random.nextBoolean() ? 60 : longest / 16);
        boolean closed = random.nextInt(3) > 0;
        boolean arrays = random.nextBoolean();
        String nest = (arrays ? "[" : "{\"a\":").repeat(depth)
                + (arrays ? "" : "1")
                + (closed ? (arrays ? "]" : "}").repeat(depth) : "");
        return switch (random.nextInt(3)) {
            case 0 -> nest;
            case 1 -> object(pick(FIELDS), nest);
            default -> decoding(pick(DECODING), nest);
        };
    }

    private String digits() {
        String many = Character.toString('0' + random.nextInt(10))
                .repeat(1 + random.nextInt(random.nextBoolean() ? 40 : longest / 2));
        return switch (random.nextInt(6)) {
            case 0 -> many;
            case 1 -> "-" + many;
            case 2 -> "0." + many;
            case 3 -> "1e" + many;
            case 4 -> "1e-" + many;
            default -> "1." + many + "e" + random.nextInt();
        };
    }

    private String longOne() {
        String text = pick(List.of("5 ", "a", "(", "\\u0000", "[MASK:9]", "\\ud83d\\ude00", "{{", "credit(then="));
        String value = text.repeat(random.nextInt(longest / text.length()));
        return switch (random.nextInt(6)) {
            case 0 -> object(value, "1");
            case 1 -> decoding(pick(DECODING), "\"" + value + "\"");
            case 2 -> object("logit_bias", "{\"" + value + "\":1}");
            case 3 -> object("stop", "[\"" + value + "\",\"" + value.length() + "\"]");
            case 4 -> object(pick(FIELDS), "[" + "1,".repeat(random.nextInt(longest / 2)) + "1]");
            default -> object(pick(FIELDS), "\"" + value + "\"");
        };
    }

    private String spec(int depth) {
        StringBuilder spec = new StringBuilder(pick(NAMES));
        if (random.nextInt(6) == 0) {
            spec.append(pick(WORDS));
        }
        if (random.nextInt(4) > 0) {
            spec.append('(');
            for (int values = random.nextInt(4); values > 0; values--) {
                spec.append(random.nextBoolean() ? pick(KEYS) + "=" : "");
                spec.append(
                        switch (random.nextInt(5)) {
                            case 0 -> pick(WORDS);
                            case 1 -> depth < 12 ? spec(depth + 1) : "x";
                            case 2 -> String.valueOf(random.nextInt());
                            case 3 -> String.valueOf(Double.longBitsToDouble(random.nextLong()));
                            default -> String.valueOf(random.nextInt(4) / 2.0);
                        });
                spec.append(values > 1 || random.nextInt(10) == 0 ? "," : "");
            }
            spec.append(random.nextInt(15) == 0 ? "" : ")");
        }
        return spec.toString();
    }

    private byte[] cut(byte[] whole) {
        return Arrays.copyOf(whole, random.nextInt(whole.length));
    }

    /** With bytes that UTF-8 may not have there. */
    private byte[] broken(byte[] whole) {
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            whole[random.nextInt(whole.length)] = (byte) (0x80 | random.nextInt(128));
        }
        return whole;
    }

    private byte[] noise(int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static List<String> withUnknown(List<List<String>> known) {
        List<String> all = new ArrayList<>(List.of("no_such_field", ""));
        known.forEach(all::addAll);
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
