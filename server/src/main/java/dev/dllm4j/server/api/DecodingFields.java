package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.CacheSpec;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingChoices;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.sample.SamplingChoices;
import dev.dllm4j.decoder.spec.Bound;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.FilterSource;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How to decode: the request's {@code decoding} object, with the command line's names and values, and OpenAI's own
 * fields for the same things.
 */
final class DecodingFields {
    private static final int LONGEST_SPEC = 400;

    private final Fields request;
    private final Fields decoding;
    private final RequestLimits limits;
    private final Decoder decoder;

    /** @param decoder whose recipe holds where nothing is said */
    DecodingFields(Fields request, RequestLimits limits, Decoder decoder) {
        this.decoder = decoder;
        this.request = request;
        this.decoding = request.object("decoding")
                .orElseGet(() -> request.at("decoding", JsonNodeFactory.instance.objectNode()))
                .strict();
        this.limits = limits;
    }

    /** For a canvas of masks alone. */
    CanvasPlan plan() {
        boolean grows = grows();
        LengthFields length = new LengthFields(request, limits, grows);
        Optional<Integer> max = length.maxTokens();
        Optional<Integer> genLength = decoding.integer("gen_length", 1, limits.canvas());
        DecodingChoices choices = choices(grows);
        Window window = decoder.window(choices);
        int canvas =
                genLength.orElseGet(() -> length.canvas(max, decoder.recipe().genLength(), window));
        if (genLength.isPresent() && max.isPresent() && max.get() > canvas) {
            throw ApiError.field(
                    "decoding.gen_length",
                    "decoding.gen_length is " + canvas + " and " + length.name() + " " + max.get()
                            + "; the text must fit its canvas, so leave one of them out");
        }
        boolean own = genLength.isEmpty()
                && max.isEmpty()
                && canvas == decoder.recipe().genLength();
        DecodingConfig config = resolved(() -> decoder.resolve(own ? choices : choices.withGenLength(canvas)));
        return new CanvasPlan(
                config,
                Math.min(canvas, max.orElse(canvas)),
                growth(grows, config.window()),
                0,
                genLength.isEmpty() && length.mayBeShorter(),
                genLength.isPresent() ? Optional.of("decoding.gen_length") : max.map(sent -> length.name()));
    }

    /** For a slot of masks in front of fixed text; the canvas is both. */
    CanvasPlan infill(int suffixTokens) {
        if (decoding.has("gen_length")) {
            throw ApiError.field(
                    "decoding.gen_length",
                    "decoding.gen_length is given with a suffix; the slot has max_tokens positions, so leave it out");
        }
        if (grows()) {
            throw ApiError.field(
                    "decoding.canvas",
                    "decoding.canvas is grow and suffix is given; the suffix has its place from the start, so leave one out");
        }
        LengthFields length = new LengthFields(request, limits, false);
        Optional<Integer> max = length.maxTokens();
        int slot = length.slot(max, suffixTokens);
        DecodingChoices choices = choices(false);
        return new CanvasPlan(
                resolved(() -> decoder.resolveInfill(choices, slot + suffixTokens)),
                slot,
                Optional.empty(),
                suffixTokens,
                length.mayBeShorter(),
                max.map(sent -> length.name()));
    }

    /** @param grows whether the canvas does, by blocks */
    private DecodingChoices choices(boolean grows) {
        Optional<RefreshPolicy> cache = parse("cache", CacheSpec::parse);
        Optional<Integer> blockLength = decoding.integer("block_length", 1, limits.canvas());
        Optional<Window> window = parse("window", Window::parse);
        Optional<UnmaskingStrategy> strategy = parse("strategy", DecodingFields::strategy);
        Optional<StopRule> stop = parse("stop", StopRule::parse);
        Optional<Integer> steps = decoding.integer("steps", 1, Integer.MAX_VALUE);
        Optional<Double> guidance = decoding.number("guidance", Bound.GUIDANCE);
        SamplingChoices sampling = sampling();
        decoding.end();
        DecodingChoices choices = resolved(() -> new DecodingChoices(
                window,
                whole(blockLength),
                strategy,
                cache,
                stop,
                OptionalInt.empty(),
                whole(steps),
                sampling,
                number(guidance),
                Optional.empty()));
        return grows && window.isEmpty() && blockLength.isEmpty() ? choices.withWindow(blocks()) : choices;
    }

    private Window blocks() {
        Window own = decoder.recipe().window();
        return own instanceof Blocks ? own : DecodingConfig.DEFAULT.window();
    }

    private static <T> T resolved(Supplier<T> resolution) {
        try {
            return resolution.get();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw ApiError.field("decoding", String.valueOf(e.getMessage()));
        }
    }

    private static OptionalInt whole(Optional<Integer> value) {
        return value.isPresent() ? OptionalInt.of(value.get()) : OptionalInt.empty();
    }

    private static OptionalDouble number(Optional<Double> value) {
        return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
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

    /** By the window's blocks, or by the model's where those are longer: rows of one block see each other. */
    private Optional<Blocks> growth(boolean grows, Window window) {
        if (!grows) {
            return Optional.empty();
        }
        if (window instanceof Blocks blocks) {
            return Optional.of(
                    decoder.spec().sight() instanceof BlockCausal causal && causal.length() > blocks.length()
                            ? new Blocks(causal.length(), blocks.from())
                            : blocks);
        }
        throw ApiError.field(
                "decoding.canvas",
                "decoding.canvas is grow and decoding.window " + window
                        + "; a canvas grows by whole blocks, so use window " + blocks());
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
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) < decoder.spec().vocabulary()) {
            return Integer.parseInt(text);
        }
        throw ApiError.field(
                "logit_bias",
                "logit_bias has \"" + ApiError.quote(text) + "\"; its fields must be token ids within [0, "
                        + (decoder.spec().vocabulary() - 1) + "]");
    }

    private SamplingChoices sampling() {
        Optional<Double> topP = one("top_p", DecodingFields::topP);
        Optional<Double> temperature = one("temperature", fields -> fields.number("temperature", Bound.TEMPERATURE));
        Optional<Integer> topK = one("top_k", this::topK);
        boolean forbidPads = decoding.flag("forbid_pads").orElse(false);
        Optional<Long> seed = one("seed", fields -> fields.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE));
        boolean best = topP.filter(p -> p == 0).isPresent();
        return new SamplingChoices(
                best ? OptionalDouble.of(0) : number(temperature),
                whole(topK),
                best ? OptionalDouble.empty() : number(topP),
                seed.isPresent() ? OptionalLong.of(seed.get()) : OptionalLong.empty(),
                forbidPads,
                bias());
    }

    /** 0, which OpenAI's interface allows, leaves the best token alone: what temperature 0 proposes. */
    private static Optional<Double> topP(Fields fields) {
        JsonNode value = fields.value("top_p");
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        double topP = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (!(topP >= 0 && topP <= Bound.TOP_P.most())) {
            throw Fields.wrong(fields.name("top_p"), value, "a number within [0, 1]");
        }
        return Optional.of(topP + 0.0);
    }

    /** vLLM's clients send -1 for all tokens. */
    private Optional<Integer> topK(Fields fields) {
        int least = fields == request ? -1 : 0;
        return fields.integer("top_k", least, Integer.MAX_VALUE).map(k -> Math.max(0, k));
    }

    private <T> Optional<T> parse(String field, Function<String, T> parser) {
        Optional<String> spec = decoding.text(field);
        if (spec.isEmpty()) {
            return Optional.empty();
        }
        if (spec.get().length() > LONGEST_SPEC) {
            throw ApiError.field(
                    decoding.name(field), decoding.name(field) + " has more than " + LONGEST_SPEC + " characters");
        }
        try {
            return Optional.of(parser.apply(spec.get()));
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
