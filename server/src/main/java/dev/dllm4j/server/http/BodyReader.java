package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.List;

/**
 * Takes in requests' bodies, each up to a length and within a time, and all together up to another.
 * Confined to the server's event loop.
 */
final class BodyReader {
    private final HttpLimits limits;
    private long heldBytes;

    BodyReader(HttpLimits limits) {
        this.limits = limits;
    }

    /** The body; fails with an {@link ApiError} where it is none. */
    Future<byte[]> read(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        requireJson(request.getHeader("Content-Type"));
        requirePlain(exchange);
        String length = request.getHeader("Content-Length");
        if (length != null && length.matches("\\d{1,18}") && Long.parseLong(length) > limits.bodyBytes()) {
            throw tooLarge();
        }
        Promise<byte[]> promise = Promise.promise();
        long timer = exchange.vertx()
                .setTimer(
                        limits.bodyTimeout().toMillis(),
                        ignored -> promise.tryFail(ApiError.request(
                                408,
                                "body_timeout",
                                "the body took more than "
                                        + limits.bodyTimeout().toMillis() / 1e3 + " seconds; send it faster")));
        Buffer body = Buffer.buffer();
        request.handler(piece -> {
            if (promise.future().isComplete()) {
                return;
            }
            if (body.length() + piece.length() > limits.bodyBytes()) {
                promise.tryFail(tooLarge());
            } else if (heldBytes + piece.length() > limits.bodiesBytes()) {
                promise.tryFail(ApiError.busy("overloaded", "too much is being sent here", Duration.ofSeconds(1)));
            } else {
                heldBytes += piece.length();
                body.appendBuffer(piece);
            }
        });
        request.endHandler(ignored -> promise.tryComplete(body.getBytes()));
        request.exceptionHandler(e -> promise.tryFail(ApiError.request(
                400, "broken_body", "the body broke off: " + ApiError.quote(String.valueOf(e.getMessage())))));
        if (request.version() == HttpVersion.HTTP_1_1 && "100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        return promise.future().onComplete(ignored -> {
            heldBytes -= body.length();
            exchange.vertx().cancelTimer(timer);
        });
    }

    /** Browsers send other types across origins without asking first. */
    private static void requireJson(String type) {
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw ApiError.request(
                    415,
                    "unsupported_media_type",
                    "Content-Type is " + (type == null ? "missing" : ApiError.quote(type))
                            + "; it must be application/json");
        }
    }

    /** What is compressed is larger than it looks. */
    private static void requirePlain(Exchange exchange) {
        List<String> codings = exchange.request().headers().getAll("Content-Encoding");
        if (!codings.stream()
                .allMatch(coding -> coding.isBlank() || coding.strip().equalsIgnoreCase("identity"))) {
            exchange.response().putHeader("Accept-Encoding", "identity");
            throw ApiError.request(
                    415,
                    "unsupported_content_encoding",
                    "Content-Encoding is " + ApiError.quote(String.join(", ", codings))
                            + "; bodies are taken as they are, so send it uncompressed and without this header");
        }
    }

    private ApiError tooLarge() {
        return ApiError.request(
                413, "body_too_large", "the body is longer than " + limits.bodyBytes() + " bytes; send less");
    }
}
