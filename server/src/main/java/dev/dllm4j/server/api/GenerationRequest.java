package dev.dllm4j.server.api;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.text.TokenPieces;
import java.util.List;

/**
 * What a request asks for, every value judged.
 *
 * @param choices sequences to decode, in the order of their index
 * @param promptTokens ids of all prompts, each counted once
 * @param maxTokens most ids of a choice's text
 * @param stops strings that end a choice's text
 * @param warnings of what was not honoured as it was sent, and of words that the model does not know
 */
public record GenerationRequest(
        Shape shape,
        ServedModel model,
        List<Choice> choices,
        int promptTokens,
        int maxTokens,
        List<String> stops,
        Streaming streaming,
        List<Warning> warnings) {
    public GenerationRequest {
        choices = List.copyOf(choices);
        stops = List.copyOf(stops);
        warnings = List.copyOf(warnings);
    }

    /** Which of OpenAI's two objects the answer is. */
    public enum Shape {
        CHAT,
        COMPLETION
    }

    /**
     * Whether and how the answer comes in pieces.
     *
     * @param usage whether a last chunk says what the answer cost
     * @param canvas whether each step's commits are sent along
     */
    public record Streaming(boolean on, boolean usage, boolean canvas) {}

    /** One sequence. */
    public static final class Choice {
        private final int[] prompt;
        private final Draft draft;
        private final DecodingConfig config;

        Choice(int[] prompt, Draft draft, DecodingConfig config) {
            this.prompt = prompt.clone();
            this.draft = draft;
            this.config = config;
        }

        /** The sequence, not begun. */
        Decoding start(ServedModel model, String tenant) {
            return model.decoder().start(prompt, draft, config, tenant);
        }
    }

    /** The text of single tokens, as it reads behind a prompt. */
    TokenPieces pieces() {
        return new TokenPieces(model.decoder().tokenizer(), choices.get(0).prompt);
    }

    /** Whether a canvas begins as one block. */
    boolean grows() {
        return choices.stream().anyMatch(choice -> choice.draft.grows());
    }

    /**
     * The sequences, not begun; whoever takes them closes them.
     *
     * @param tenant whose request it is; kept rows of prompts stay among a tenant's requests
     * @throws ApiError if the model cannot decode them so
     */
    public List<Decoding> start(String tenant) {
        try {
            return choices.stream().map(choice -> choice.start(model, tenant)).toList();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw ApiError.field("decoding", String.valueOf(e.getMessage()));
        }
    }
}
