package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.file.Quote;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that is answered by OpenAI's error object: what is wrong, where, and what would be right. */
public final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final int LONGEST_MESSAGE = 2000;

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;
    private final @Nullable Duration wait;
    private final boolean retryInVain;

    private ApiError(
            int status,
            String type,
            @Nullable String param,
            @Nullable String code,
            String message,
            @Nullable Duration wait,
            boolean retryInVain) {
        super(Quote.of(message, LONGEST_MESSAGE), null, false, false);
        this.wait = wait;
        this.retryInVain = retryInVain;
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
    }

    /** A field has a value that is not taken. */
    public static ApiError field(String param, String message) {
        return new ApiError(400, "invalid_request_error", param, "invalid_value", message, null, false);
    }

    /** Prompt and canvas are longer than the model's context. */
    public static ApiError tooLong(String param, String message) {
        return new ApiError(400, "invalid_request_error", param, "context_length_exceeded", message, null, false);
    }

    /** The request as a whole is none. */
    public static ApiError request(int status, String code, String message) {
        return new ApiError(status, "invalid_request_error", null, code, message, null, false);
    }

    /** The model is not served here. */
    public static ApiError unknownModel(String message) {
        return new ApiError(404, "invalid_request_error", "model", "model_not_found", message, null, false);
    }

    /**
     * The client should come again later.
     *
     * @param what is the matter; the message goes on with when to come
     */
    public static ApiError busy(String code, String what, Duration wait) {
        return new ApiError(429, "rate_limit_error", null, code, what + later(wait), wait, false);
    }

    /** As {@link #busy}, where it is not requests that are too many. */
    public static ApiError unavailable(String code, String what, Duration wait) {
        return new ApiError(503, "server_error", null, code, what + later(wait), wait, false);
    }

    private static String later(Duration wait) {
        long seconds = wholeSeconds(wait);
        return "; try again in " + seconds + (seconds == 1 ? " second" : " seconds");
    }

    /**
     * The server takes nothing any more.
     *
     * @param wait until another may be there
     */
    public static ApiError stopping(Duration wait) {
        String message = "the server is stopping; try again when it is back";
        return new ApiError(503, "server_error", null, "stopping", message, wait, false);
    }

    /** The engine failed under the request, and has begun anew. */
    public static ApiError engineFailed() {
        return unavailable("engine_failed", "the model's engine failed; its log says why", Duration.ofSeconds(1));
    }

    /**
     * The engine has failed for good.
     *
     * @param wait until another may be there
     */
    public static ApiError engineDead(Duration wait) {
        return unavailable("engine_failed", "the model's engine has failed; its log says why", wait);
    }

    /** The answer took longer than the server allows, as it would again. */
    public static ApiError tookTooLong() {
        String message = "the answer took longer than the server allows; ask for less";
        return new ApiError(503, "server_error", null, "request_timeout", message, null, true);
    }

    /** The server is at fault. */
    public static ApiError server(int status, String code, String message) {
        return new ApiError(status, "server_error", null, code, message, null, false);
    }

    /** Rounded up, as {@code Retry-After} has them. */
    public static long wholeSeconds(Duration wait) {
        return wait.plusSeconds(1).minusNanos(1).toSeconds();
    }

    /** A value as a message shows it: short, on one line. */
    public static String quote(String value) {
        return Quote.of(value);
    }

    public int status() {
        return status;
    }

    /** After which time the same request may fare better; absent where nobody knows. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(wait);
    }

    /** Whether the same request would end the same, after having cost as much, whenever it came. */
    public boolean retryInVain() {
        return retryInVain;
    }

    /** The body of the response. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("error")
                .put("message", getMessage())
                .put("type", type)
                .put("param", param)
                .put("code", code);
        return json;
    }
}
