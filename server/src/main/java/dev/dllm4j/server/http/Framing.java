package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/**
 * Refuses requests whose end is where another program may see another: what one takes for a body, the other takes for
 * the next request. Nothing more may be read from the connection of one that is refused.
 */
final class Framing {
    private Framing() {}

    /** @throws ApiError if the request has no certain end */
    static void check(HttpServerRequest request) {
        List<String> codings = request.headers().getAll("Transfer-Encoding");
        if (!codings.isEmpty() && (codings.size() > 1 || !codings.get(0).equalsIgnoreCase("chunked"))) {
            throw refusal("Transfer-Encoding is \"" + ApiError.quote(String.join(", ", codings))
                    + "\"; it must be chunked, or absent");
        }
        // The decoder takes eight bytes for the body of such a request, which no other program does.
        if (request.headers().contains("Sec-WebSocket-Key1")) {
            throw refusal("Sec-WebSocket-Key1 is given; WebSockets are not served here");
        }
    }

    /** What is said of a request that the decoder did not make out. */
    static ApiError unreadable(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return ApiError.request(414, "uri_too_long", "the request line is too long; shorten it");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return ApiError.request(431, "headers_too_large", "the header fields are too long together; send fewer");
        }
        return refusal("this is not a request of HTTP/1.1: " + ApiError.quote(String.valueOf(cause.getMessage())));
    }

    private static ApiError refusal(String message) {
        return ApiError.request(400, "bad_request", message);
    }
}
