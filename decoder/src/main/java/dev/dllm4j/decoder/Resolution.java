package dev.dllm4j.decoder;

import dev.dllm4j.cache.NoCache;
import dev.dllm4j.cache.RefreshPolicy;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.stop.StopRule;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * From what a user says and a model's recipe to the values of a decoding. What the user says holds, or is refused with
 * the remedy. What only the recipe says gives way to a default that goes with it: first the window, then the stop rule,
 * then the cache, then the strategy. Where steps are named, window and strategy stand, because steps are counted in
 * them.
 *
 * @param infill whether a text has slots: nothing is cut off then, and every mask may commit at any step unless the
 *     model sees block by block
 */
record Resolution(DecodingChoices choices, DecodingConfig recipe, ModelSpec spec, boolean infill) {
    private static final DecodingConfig DEFAULT = DecodingConfig.DEFAULT;

    /** @throws IllegalArgumentException if what the user says does not go together, or not with the model */
    DecodingConfig config() {
        List<IllegalArgumentException> refusals = new ArrayList<>();
        for (UnmaskingStrategy strategy : strategies()) {
            for (RefreshPolicy cache : caches()) {
                for (StopRule stop : stops()) {
                    for (Window window : windows(cache)) {
                        try {
                            return config(window, strategy, cache, stop);
                        } catch (IllegalArgumentException e) {
                            refusals.add(e);
                        }
                    }
                }
            }
        }
        throw refusals.get(0);
    }

    /** The window before anything gives way. */
    Window window() {
        return windows(caches().iterator().next()).iterator().next();
    }

    private DecodingConfig config(Window window, UnmaskingStrategy strategy, RefreshPolicy cache, StopRule stop) {
        DecodingConfig config = new DecodingConfig(
                window,
                strategy,
                cache,
                stop,
                choices.genLength().orElse(recipe.genLength()),
                steps(),
                choices.sampling().sampling(),
                choices.guidance().isPresent() ? new Guidance(choices.guidance().getAsDouble()) : recipe.guidance());
        BlockFit.require(config, spec);
        return config;
    }

    /** A gen length of the user's has as many steps as positions. */
    private int steps() {
        return choices.steps().orElseGet(() -> choices.genLength().orElse(recipe.steps()));
    }

    private Set<Window> windows(RefreshPolicy cache) {
        OptionalInt length = choices.blockLength();
        if (choices.window().isPresent()) {
            return Set.of(choices.window().get());
        }
        if (length.isPresent()) {
            return Set.of(BlockFit.window(length.getAsInt(), spec));
        }
        Set<Window> windows = new LinkedHashSet<>();
        Window preferred = infill && !(spec.sight() instanceof BlockCausal) ? new WholeCanvas() : recipe.window();
        windows.add(CacheSpec.window(cache, preferred));
        if (choices.steps().isEmpty()) {
            windows.add(
                    spec.sight() instanceof BlockCausal causal
                            ? BlockFit.window(causal.length(), spec)
                            : DEFAULT.window());
            windows.add(new WholeCanvas());
        }
        return windows;
    }

    private Set<UnmaskingStrategy> strategies() {
        Optional<UnmaskingStrategy> named = choices.strategy();
        return choices.steps().isPresent()
                ? Set.of(named.orElse(recipe.strategy()))
                : either(named, recipe.strategy(), DEFAULT.strategy());
    }

    private Set<StopRule> stops() {
        return infill
                ? Set.of(choices.stop().orElse(new FullCanvas()))
                : either(choices.stop(), recipe.stop(), DEFAULT.stop());
    }

    private Set<RefreshPolicy> caches() {
        if (choices.prefixReuse().orElse(false)) {
            return Set.of(CacheSpec.reusingPrefixes(choices.cache().orElse(recipe.cache())));
        }
        Set<RefreshPolicy> caches = either(choices.cache(), recipe.cache(), new NoCache());
        return choices.prefixReuse().isEmpty()
                ? caches
                : caches.stream()
                        .map(CacheSpec::computingPrefixes)
                        .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static <T> Set<T> either(Optional<T> named, T recipe, T otherwise) {
        Set<T> values = new LinkedHashSet<>();
        values.add(named.orElse(recipe));
        if (named.isEmpty()) {
            values.add(otherwise);
        }
        return values;
    }
}
