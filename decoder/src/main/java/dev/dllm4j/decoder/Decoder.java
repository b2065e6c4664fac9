package dev.dllm4j.decoder;

import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.decoder.text.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A model with its tokenizer: starts decodings and turns what they decode into text. Thread-safe; closing it closes
 * both.
 *
 * <pre>{@code
 * try (Decoder decoder = Decoder.open(Path.of("models/my-model"), RuntimeOptions.DEFAULT)) {
 *     Answer answer = decoder.generate("How many days have two weeks?", DecodingConfig.DEFAULT);
 *     System.out.println(answer.text());
 * }
 * }</pre>
 */
public final class Decoder implements AutoCloseable {
    private final MaskPredictor model;
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final String modelHash;

    /**
     * @param template absent where prompts are taken as they are
     * @param modelHash identity of the weights, as results and traces record it
     */
    public Decoder(MaskPredictor model, Tokenizer tokenizer, Optional<ChatTemplate> template, String modelHash) {
        this.modelHash = modelHash;
        this.model = model;
        this.tokenizer = tokenizer;
        this.template = template;
    }

    /** Opens a folder that {@code dllm4j convert} wrote. */
    public static Decoder open(Path modelFolder, RuntimeOptions options) {
        OnnxModel model = OnnxModel.open(modelFolder, options);
        try {
            return new Decoder(
                    model,
                    HfTokenizer.read(modelFolder),
                    ChatTemplate.read(modelFolder),
                    model.folder().hash());
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    public ModelSpec spec() {
        return model.spec();
    }

    public MaskPredictor model() {
        return model;
    }

    /** Identity of the weights: one SHA-256 over the model folder's files. */
    public String modelHash() {
        return modelHash;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The token ids of a conversation, ready for the model's turn; without a template, of the messages' text alone. */
    public int[] prompt(List<Message> messages) {
        return tokenizer.encode(template.map(found -> found.render(messages, true))
                .orElseGet(() -> String.join(
                        "\n", messages.stream().map(Message::content).toList())));
    }

    /** The token ids of one question. */
    public int[] prompt(String question) {
        return prompt(List.of(new Message("user", question)));
    }

    /**
     * Starts a sequence; the caller pulls its steps.
     *
     * @throws IllegalArgumentException if prompt and gen length exceed the model's context
     */
    public Decoding start(int[] prompt, DecodingConfig config) {
        return new Decoding(model, prompt, config);
    }

    /** Decodes one question to its end. */
    public Answer generate(String question, DecodingConfig config) {
        Decoding decoding = start(prompt(question), config);
        while (!decoding.done()) {
            decoding.step();
        }
        return answer(decoding);
    }

    /** The result of a decoding that is done. */
    public Answer answer(Decoding decoding) {
        int[] tokens = decoding.tokens();
        int[] generated = Arrays.copyOfRange(tokens, decoding.promptLength(), tokens.length);
        int[] text = textTokens(generated);
        return new Answer(
                tokenizer.decode(text),
                IntStream.of(generated).boxed().toList(),
                decoding.finishReason(),
                decoding.promptLength(),
                text.length,
                decoding.config(),
                decoding.work());
    }

    /** The ids of a text: what stands before the first end token, without padding and masks. */
    public int[] textTokens(int[] generated) {
        return IntStream.of(generated)
                .takeWhile(token -> !spec().endTokens().contains(token))
                .filter(token -> !spec().outsideText(token))
                .toArray();
    }

    @Override
    public void close() {
        try {
            tokenizer.close();
        } finally {
            model.close();
        }
    }
}
