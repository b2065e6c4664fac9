package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.spec.Quote;
import org.jspecify.annotations.Nullable;

/** A request that is answered by OpenAI's error object: what is wrong, where, and what would be right. */
public final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final int LONGEST_MESSAGE = 2000;

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;

    private ApiError(int status, String type, @Nullable String param, @Nullable String code, String message) {
        super(Quote.of(message, LONGEST_MESSAGE), null, false, false);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
    }

    /** A field has a value that is not taken. */
    public static ApiError field(String param, String message) {
        return new ApiError(400, "invalid_request_error", param, "invalid_value", message);
    }

    /** Prompt and canvas are longer than the model's context. */
    public static ApiError tooLong(String param, String message) {
        return new ApiError(400, "invalid_request_error", param, "context_length_exceeded", message);
    }

    /** The request as a whole is none. */
    public static ApiError request(int status, String code, String message) {
        return new ApiError(status, "invalid_request_error", null, code, message);
    }

    /** The model is not served here. */
    public static ApiError unknownModel(String message) {
        return new ApiError(404, "invalid_request_error", "model", "model_not_found", message);
    }

    /** The client should come again later. */
    public static ApiError busy(String code, String message) {
        return new ApiError(429, "rate_limit_error", null, code, message);
    }

    /** The server takes nothing any more. */
    public static ApiError stopping() {
        return server(503, "stopping", "the server stops; try again when it is back");
    }

    /** The engine failed under the request, or has failed for good. */
    public static ApiError engineFailed() {
        return server(503, "engine_failed", "the model's engine failed; its log says why, so try again");
    }

    /** The server is at fault, or about to stop. */
    public static ApiError server(int status, String code, String message) {
        return new ApiError(status, "server_error", null, code, message);
    }

    /** A value as a message shows it: short, on one line. */
    public static String quote(String value) {
        return Quote.of(value);
    }

    public int status() {
        return status;
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
