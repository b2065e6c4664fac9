package dev.dllm4j.decoder;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.decoder.text.Tokenizer;
import dev.dllm4j.decoder.text.UnknownWords;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * A model with its tokenizer: starts decodings and turns what they decode into text. Thread-safe; closing it closes
 * both, and gives up what its decodings share in the cache. No argument may be null: one that is makes a {@link
 * NullPointerException} that names it.
 *
 * <pre>{@code
 * try (Decoder decoder = Decoder.open(Path.of("models/my-model"), RuntimeOptions.DEFAULT)) {
 *     Answer answer = decoder.generate("Of 18 beads, Vera sells 13. How many beads are left?");
 *     System.out.println(answer.text());
 * }
 * }</pre>
 */
public final class Decoder implements AutoCloseable {
    private static final String NO_PROMPT = "prompt is null; give token ids, or none as an empty array";
    private static final String NO_DECODING = "decoding is null; give one that this decoder started";

    private final MaskPredictor model;
    private final Tokenizer tokenizer;
    private final UnknownWords unknownWords;
    private final Optional<ChatTemplate> template;
    private final ModelOrigin origin;
    private final LayerCache cache;
    private final PromptPrefixes prefixes;
    private final DecodingConfig recipe;

    /**
     * With {@link LayerCache#ofProcess}.
     *
     * @param template absent where prompts are taken as they are
     * @param modelHash identity of the weights, as results and traces record it
     */
    public Decoder(MaskPredictor model, Tokenizer tokenizer, Optional<ChatTemplate> template, String modelHash) {
        this(model, tokenizer, template, modelHash, LayerCache.ofProcess());
    }

    /**
     * With a cache that other decoders may share.
     *
     * @param template absent where prompts are taken as they are
     * @param modelHash identity of the weights, as results and traces record it
     * @param cache where sequences keep their rows
     */
    public Decoder(
            MaskPredictor model,
            Tokenizer tokenizer,
            Optional<ChatTemplate> template,
            String modelHash,
            LayerCache cache) {
        this(model, tokenizer, template, new ModelOrigin(modelHash, null), cache);
    }

    Decoder(
            MaskPredictor model,
            Tokenizer tokenizer,
            Optional<ChatTemplate> template,
            ModelOrigin origin,
            LayerCache cache) {
        this.cache = requireNonNull(cache, "cache is null; give one, e.g. LayerCache.ofProcess()");
        this.model = requireNonNull(model, "model is null; open one, e.g. with Decoder.open");
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null; read the model's own");
        this.unknownWords = new UnknownWords(tokenizer);
        this.template = requireNonNull(template, "template is null; give Optional.empty() for none");
        this.origin = origin;
        this.recipe = DecodingConfig.of(model.recipe(), model.spec());
        this.prefixes = new PromptPrefixes(origin.hash());
    }

    /**
     * Opens a folder that {@code dllm4j convert} wrote, with {@link LayerCache#ofProcess}.
     *
     * @throws ModelException where a file of the folder is missing or not what it should be
     */
    public static Decoder open(Path modelFolder, RuntimeOptions options) {
        return open(modelFolder, options, LayerCache.ofProcess());
    }

    /**
     * Opens a folder that {@code dllm4j convert} wrote, with a cache that other decoders may share.
     *
     * @throws ModelException where a file of the folder is missing or not what it should be
     */
    public static Decoder open(Path modelFolder, RuntimeOptions options, LayerCache cache) {
        requireNonNull(modelFolder, "model folder is null; name the folder that 'dllm4j convert' wrote");
        requireNonNull(options, "options is null; give some, e.g. RuntimeOptions.DEFAULT");
        requireNonNull(cache, "cache is null; give one, e.g. LayerCache.ofProcess()");
        return ModelOpening.open(modelFolder, options, cache);
    }

    public ModelSpec spec() {
        return model.spec();
    }

    /** How the model's authors decode it: what holds where nothing else is said. */
    public DecodingConfig recipe() {
        return recipe;
    }

    /**
     * How to decode, from what a user says and otherwise the model's recipe.
     *
     * @throws IllegalArgumentException if what the user says does not go together, or not with the model
     */
    public DecodingConfig resolve(DecodingChoices choices) {
        return DecodingConfig.resolve(requireChoices(choices), recipe, spec());
    }

    /** The window that choices ask for or, where they name none, cache or recipe do; before it gives way to others. */
    public Window window(DecodingChoices choices) {
        return new Resolution(requireChoices(choices), recipe, spec(), false).window();
    }

    /**
     * As {@link #resolve}, for text with slots.
     *
     * @param length positions of the text
     * @throws IllegalArgumentException if what the user says does not go together, or not with the model
     */
    public DecodingConfig resolveInfill(DecodingChoices choices, int length) {
        return DecodingConfig.resolveInfill(requireChoices(choices), length, recipe, spec());
    }

    /** Where sequences keep their rows between forwards. */
    public LayerCache cache() {
        return cache;
    }

    public MaskPredictor model() {
        return model;
    }

    /** Identity of the weights: one SHA-256 over the model folder's files. */
    public String modelHash() {
        return origin.hash();
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The words that prompts may have and the tokenizer lacks. */
    public UnknownWords unknownWords() {
        return unknownWords;
    }

    /** The token ids of a conversation, ready for the model's turn; without a template, of the messages' text alone. */
    public int[] prompt(List<Message> messages) {
        return encode(promptText(messages));
    }

    /** The text of which {@link #prompt(List)} gives the ids. */
    public String promptText(List<Message> messages) {
        requireNonNull(messages, "messages is null; give at least one");
        for (Message message : messages) {
            requireNonNull(message, "a message is null; leave it out");
        }
        return promptText(template, messages);
    }

    static String promptText(Optional<ChatTemplate> template, List<Message> messages) {
        return template.map(found -> found.render(messages, true))
                .orElseGet(() -> String.join(
                        "\n", messages.stream().map(Message::content).toList()));
    }

    /**
     * The token ids of a text.
     *
     * @throws IllegalArgumentException if the tokenizer makes one that the model has no row for
     */
    public int[] encode(String text) {
        int[] ids = tokenizer.encode(requireNonNull(text, "text is null; give one, which may be empty"));
        spec().requireTokens("the text", ids);
        return ids;
    }

    /** The token ids of one question. */
    public int[] prompt(String question) {
        return prompt(List.of(new Message("user", requireNonNull(question, "question is null; ask something"))));
    }

    /**
     * A configuration with what belongs to this model in place, as decodings run with it.
     *
     * @throws IllegalArgumentException if the model lacks what the strategy needs of it, or sees blocks that window or
     *     cache do not go with
     */
    public DecodingConfig effective(DecodingConfig config) {
        BlockFit.require(requireConfig(config), spec());
        return config.withStrategy(config.strategy().of(origin));
    }

    /** Why a configuration may decode this model badly, where something says so. */
    public Optional<String> doubt(DecodingConfig config) {
        return requireConfig(config).strategy().doubt(origin);
    }

    /**
     * Starts a sequence; the caller pulls its steps.
     *
     * @throws IllegalArgumentException if prompt and gen length exceed the model's context
     */
    public Decoding start(int[] prompt, DecodingConfig config) {
        DecodingConfig effective = effective(config);
        return start(prompt, Draft.masks(effective.genLength()), effective);
    }

    /**
     * Starts a sequence whose generation area has text of its own.
     *
     * @param draft with as many positions as the config's gen length
     */
    public Decoding start(int[] prompt, Draft draft, DecodingConfig config) {
        return start(prompt, draft, config, "");
    }

    /**
     * Starts a sequence for one of several tenants who share this decoder. Rows of a prompt are only ever reused for
     * prompts of the same tenant.
     *
     * @param draft with as many positions as the config's gen length
     * @param tenant equal for those who may learn of each other's prompts; empty is a tenant like any other
     */
    public Decoding start(int[] prompt, Draft draft, DecodingConfig config, String tenant) {
        requireNonNull(prompt, NO_PROMPT);
        requireNonNull(draft, "draft is null; give one, e.g. Draft.masks(128)");
        requireNonNull(tenant, "tenant is null; give a text, which may be empty");
        return new Decoding(model, prompt, draft, effective(config), cache, prefixes, tenant);
    }

    /**
     * Decodes one question to its end, by the model's recipe.
     *
     * @throws CancellationException where the thread is interrupted; it stays interrupted
     * @throws IllegalStateException where the decoder is closed
     */
    public Answer generate(String question) {
        return generate(question, recipe);
    }

    /**
     * Decodes one question to its end.
     *
     * @throws CancellationException where the thread is interrupted; it stays interrupted
     * @throws IllegalStateException where the decoder is closed
     */
    public Answer generate(String question, DecodingConfig config) {
        return finish(start(prompt(question), config));
    }

    /**
     * Reads a text with slots: {@code [MASK:4]} is four masks, everything else stays as it is.
     *
     * @throws IllegalArgumentException if it has no slot
     */
    public Draft draft(String text) {
        return Slots.read(requireNonNull(text, "text is null; give one with slots, e.g. [MASK:4]"), tokenizer);
    }

    /**
     * Fills the slots of a text.
     *
     * @param prompt token ids before the text, may be none
     * @param config e.g. {@link DecodingConfig#INFILL}; its gen length becomes the text's
     * @throws CancellationException where the thread is interrupted; it stays interrupted
     * @throws IllegalStateException where the decoder is closed
     */
    public Answer fill(int[] prompt, String text, DecodingConfig config) {
        Draft draft = draft(text);
        requireConfig(config);
        return finish(start(prompt, draft, config.withGenLength(draft.length())));
    }

    private Answer finish(Decoding decoding) {
        while (!decoding.done()) {
            if (Thread.currentThread().isInterrupted()) {
                decoding.close();
                throw new CancellationException("decoding was interrupted; ask again");
            }
            decoding.step();
        }
        return answer(decoding);
    }

    private static DecodingConfig requireConfig(DecodingConfig config) {
        return requireNonNull(config, "config is null; give one, e.g. that of Decoder.recipe()");
    }

    private static DecodingChoices requireChoices(DecodingChoices choices) {
        return requireNonNull(choices, "choices is null; give some, e.g. DecodingChoices.NONE");
    }

    /** The result of a decoding that is done. */
    public Answer answer(Decoding decoding) {
        return AnswerText.answer(requireNonNull(decoding, NO_DECODING), spec(), tokenizer);
    }

    /** The ids of a text: what stands before the first end token, without padding and masks. */
    public int[] textTokens(int[] generated) {
        return AnswerText.tokens(
                requireNonNull(generated, "ids is null; give some, or none as an empty array"), spec());
    }

    /** The ids of the text that never changes again. Fixed text does not end where a slot has an end token. */
    public int[] settledText(Decoding decoding) {
        return AnswerText.settled(requireNonNull(decoding, NO_DECODING), spec());
    }

    @Override
    public void close() {
        prefixes.clear(cache);
        try {
            tokenizer.close();
        } finally {
            model.close();
        }
    }
}
