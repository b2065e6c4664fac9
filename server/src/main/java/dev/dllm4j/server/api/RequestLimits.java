package dev.dllm4j.server.api;

/**
 * What one request may ask for.
 *
 * @param promptTokens most tokens of a prompt
 * @param canvas most positions to decode for a choice
 * @param choices most sequences, over all prompts of the request
 */
public record RequestLimits(int promptTokens, int canvas, int choices) {
    public static final RequestLimits DEFAULT = new RequestLimits(8192, 1024, 16);

    public RequestLimits {
        require("max prompt tokens", promptTokens);
        require("max canvas", canvas);
        require("max choices", choices);
    }

    private static void require(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
        }
    }
}
