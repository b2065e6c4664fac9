package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.spec.Bound;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.FilterSource;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * How to decode: the request's {@code decoding} object, with the command line's names and values, and OpenAI's own
 * fields for the same things.
 */
final class DecodingFields {
    private static final int LONGEST_SPEC = 400;

    private final Fields request;
    private final Fields decoding;
    private final RequestLimits limits;
    private final DecodingConfig defaults;
    private final int vocabulary;

    /**
     * @param defaults what holds where nothing is said
     * @param vocabulary of the model
     */
    DecodingFields(Fields request, RequestLimits limits, DecodingConfig defaults, int vocabulary) {
        this.vocabulary = vocabulary;
        this.request = request;
        this.decoding = request.object("decoding")
                .orElseGet(() -> Fields.at("decoding", JsonNodeFactory.instance.objectNode()));
        this.limits = limits;
        this.defaults = defaults;
    }

    /**
     * A canvas, and how much of it becomes text.
     *
     * @param config its gen length is the canvas
     * @param growth positions that a canvas begins with and grows by; all of them where it is fixed
     */
    record Plan(DecodingConfig config, int maxTokens, OptionalInt growth) {
        /** A canvas of masks alone. */
        Draft draft() {
            Draft masks = Draft.masks(config.genLength());
            return growth.isPresent() ? masks.growing(growth.getAsInt()) : masks;
        }
    }

    /** For a canvas of masks alone. */
    Plan plan() {
        Optional<Integer> max = maxTokens();
        Optional<Integer> genLength = decoding.integer("gen_length", 1, limits.canvas());
        RefreshPolicy cache = cache();
        boolean grows = grows();
        Window window = window(grows ? defaults.window() : CacheSpec.window(cache, defaults.window()));
        int canvas = genLength.orElseGet(() -> wholeBlocks(max.orElse(defaults.genLength()), window));
        if (max.isPresent() && max.get() > canvas) {
            throw ApiError.field(
                    "decoding.gen_length",
                    "decoding.gen_length is " + canvas + " and max_tokens " + max.get()
                            + "; the text must fit its canvas, so leave one of them out");
        }
        return new Plan(config(window, cache, canvas), max.orElse(canvas), growth(grows, window));
    }

    /** For a slot of masks in front of fixed text; the canvas is both. */
    Plan infill(int suffixTokens) {
        Optional<Integer> max = maxTokens();
        if (decoding.has("gen_length")) {
            throw ApiError.field(
                    "decoding.gen_length",
                    "decoding.gen_length is given with a suffix; the slot has max_tokens positions, so leave it out");
        }
        int slot = max.orElse(Math.min(16, limits.canvas()));
        if ((long) slot + suffixTokens > limits.canvas()) {
            throw ApiError.field(
                    "suffix",
                    "max_tokens is " + slot + " and suffix has " + suffixTokens
                            + " tokens; together they must fit the canvas limit of " + limits.canvas());
        }
        if (grows()) {
            throw ApiError.field(
                    "decoding.canvas",
                    "decoding.canvas is grow and suffix is given; the suffix has its place from the start, so leave one out");
        }
        RefreshPolicy cache = cache();
        Window window = window(CacheSpec.window(cache, defaults.window()));
        return new Plan(config(window, cache, slot + suffixTokens), slot, OptionalInt.empty());
    }

    private DecodingConfig config(Window window, RefreshPolicy cache, int canvas) {
        UnmaskingStrategy strategy = parse("strategy", DecodingFields::strategy, defaults.strategy());
        StopRule stop = parse("stop", StopRule::parse, defaults.stop());
        int steps = decoding.integer("steps", 1, Integer.MAX_VALUE).orElse(canvas);
        double guidance = decoding.number("guidance", Bound.GUIDANCE).orElse(defaults.guidance());
        Sampling sampling = sampling();
        decoding.end();
        try {
            return new DecodingConfig(window, strategy, cache, stop, canvas, steps, sampling, guidance);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw ApiError.field("decoding", String.valueOf(e.getMessage()));
        }
    }

    private boolean grows() {
        String canvas = decoding.text("canvas").orElse("fixed");
        if (!canvas.equals("fixed") && !canvas.equals("grow")) {
            throw ApiError.field(
                    "decoding.canvas",
                    "decoding.canvas is \"" + ApiError.quote(canvas) + "\"; it must be fixed or grow");
        }
        return canvas.equals("grow");
    }

    private static OptionalInt growth(boolean grows, Window window) {
        if (!grows) {
            return OptionalInt.empty();
        }
        if (window instanceof Blocks blocks) {
            return OptionalInt.of(blocks.length());
        }
        throw ApiError.field(
                "decoding.canvas",
                "decoding.canvas is grow and decoding.window " + window
                        + "; a canvas grows by whole blocks, so use window blocks(32)");
    }

    /** Token ids with what is added to their logits. */
    private Map<Integer, Float> bias() {
        Map<Integer, Float> bias = new HashMap<>();
        request.object("logit_bias").ifPresent(given -> {
            for (String id : given.names()) {
                int token = tokenId(id);
                given.number(id, Bound.LOGIT_BIAS).ifPresent(value -> bias.put(token, value.floatValue()));
            }
        });
        return bias;
    }

    private int tokenId(String text) {
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) < vocabulary) {
            return Integer.parseInt(text);
        }
        throw ApiError.field(
                "logit_bias",
                "logit_bias has \"" + ApiError.quote(text) + "\"; its fields must be token ids within [0, "
                        + (vocabulary - 1) + "]");
    }

    private Sampling sampling() {
        double temperature = one("temperature", fields -> fields.number("temperature", Bound.TEMPERATURE))
                .orElse(0.0);
        double topP =
                one("top_p", fields -> fields.number("top_p", Bound.TOP_P)).orElse(1.0);
        int topK = decoding.integer("top_k", 0, Integer.MAX_VALUE).orElse(0);
        boolean forbidPads = decoding.flag("forbid_pads").orElse(false);
        long seed = one("seed", fields -> fields.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE))
                .orElseGet(() ->
                        temperature == 0 ? 0L : ThreadLocalRandom.current().nextInt(1 << 30));
        return new Sampling(temperature, topK, topP, seed, forbidPads, bias());
    }

    private Optional<Integer> maxTokens() {
        Optional<Integer> old = request.integer("max_tokens", 1, limits.canvas());
        Optional<Integer> current = request.integer("max_completion_tokens", 1, limits.canvas());
        if (old.isPresent() && current.isPresent() && !old.equals(current)) {
            throw ApiError.field(
                    "max_tokens",
                    "max_tokens is " + old.get() + " and max_completion_tokens " + current.get()
                            + "; they mean the same, so give one of them");
        }
        return current.or(() -> old);
    }

    private RefreshPolicy cache() {
        return parse("cache", CacheSpec::parse, defaults.cache());
    }

    private Window window(Window otherwise) {
        Optional<Integer> blockLength = decoding.integer("block_length", 1, limits.canvas());
        if (blockLength.isEmpty()) {
            return parse("window", Window::parse, otherwise);
        }
        Window blocks = new Blocks(blockLength.get());
        if (!parse("window", Window::parse, blocks).equals(blocks)) {
            throw ApiError.field(
                    "decoding.block_length",
                    "decoding.window and decoding.block_length contradict each other; give one of them");
        }
        return blocks;
    }

    /** Blocks are decoded whole: a text ends in the middle of one, a canvas does not. */
    private int wholeBlocks(int tokens, Window window) {
        if (!(window instanceof Blocks blocks)) {
            return tokens;
        }
        long rounded = (tokens + blocks.length() - 1L) / blocks.length() * blocks.length();
        if (rounded > limits.canvas()) {
            throw ApiError.field(
                    "max_tokens",
                    "max_tokens is " + tokens + ", which is " + rounded + " in " + window + "; the canvas limit is "
                            + limits.canvas());
        }
        return (int) rounded;
    }

    private <T> T parse(String field, Function<String, T> parser, T otherwise) {
        Optional<String> spec = decoding.text(field);
        if (spec.isEmpty()) {
            return otherwise;
        }
        if (spec.get().length() > LONGEST_SPEC) {
            throw ApiError.field(
                    decoding.name(field), decoding.name(field) + " has more than " + LONGEST_SPEC + " characters");
        }
        try {
            return parser.apply(spec.get());
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw ApiError.field(decoding.name(field), decoding.name(field) + ": " + e.getMessage());
        }
    }

    /** A filter's file would be one of the server's. */
    private static UnmaskingStrategy strategy(String spec) {
        return UnmaskingStrategy.parse(spec, FilterSource.NONE);
    }

    /** A value that OpenAI's fields and ours both have. */
    private <T> Optional<T> one(String field, Function<Fields, Optional<T>> read) {
        Optional<T> outer = read.apply(request);
        Optional<T> inner = read.apply(decoding);
        if (outer.isPresent() && inner.isPresent() && !outer.equals(inner)) {
            throw ApiError.field(
                    "decoding." + field,
                    "decoding." + field + " is " + inner.get() + " and " + field + " " + outer.get()
                            + "; they mean the same, so give one of them");
        }
        return outer.or(() -> inner);
    }
}
