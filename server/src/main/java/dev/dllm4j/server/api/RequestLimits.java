package dev.dllm4j.server.api;

/**
 * What one request may ask for.
 *
 * @param promptTokens most tokens of a prompt
 * @param promptCharacters most characters of a prompt, as Java counts them; a longer one is refused before the tokenizer
 *     sees it
 * @param canvas most positions to decode for a choice
 * @param choices most sequences, over all prompts of the request
 * @param lenient whether unknown fields and such as only shade an answer are left aside, and a length above the limit is
 *     shortened to it, with a warning in the answer, where a strict server refuses them
 */
public record RequestLimits(int promptTokens, int promptCharacters, int canvas, int choices, boolean lenient) {
    /** More than this many characters a token no ordinary text has. */
    private static final int CHARACTERS_PER_TOKEN = 32;

    private static final int FEWEST_CHARACTERS = 4096;

    public static final RequestLimits DEFAULT = new RequestLimits(8192, 1024, 16);

    public RequestLimits {
        require("max prompt tokens", promptTokens);
        require("max prompt characters", promptCharacters);
        require("max canvas", canvas);
        require("max choices", choices);
    }

    /** Strict, with 32 characters for each token of a prompt, and at least 4,096. */
    public RequestLimits(int promptTokens, int canvas, int choices) {
        this(promptTokens, characters(promptTokens), canvas, choices, false);
    }

    public RequestLimits withPromptCharacters(int other) {
        return new RequestLimits(promptTokens, other, canvas, choices, lenient);
    }

    public RequestLimits withLenient(boolean other) {
        return new RequestLimits(promptTokens, promptCharacters, canvas, choices, other);
    }

    private static int characters(int promptTokens) {
        return (int)
                Math.min(Integer.MAX_VALUE, Math.max(FEWEST_CHARACTERS, (long) CHARACTERS_PER_TOKEN * promptTokens));
    }

    private static void require(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
        }
    }
}
