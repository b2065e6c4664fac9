package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelOrigin;
import java.util.OptionalDouble;

/**
 * The {@link LearnedFilter} that lies in the model's folder as {@code filter.safetensors}. Which one that is shows when
 * the model is known.
 *
 * @param accept empty for what the filter's file recommends
 */
record ModelFilter(OptionalDouble accept) implements UnmaskingStrategy {
    @Override
    public UnmaskingStrategy of(ModelOrigin model) {
        LearnedFilter filter = model.content(ModelFolder.FILTER, LearnedFilter.class, LearnedFilter::read)
                .orElseThrow(() -> new IllegalArgumentException("filter finds no " + ModelFolder.FILTER + " in " + model
                        + "; put the model's own filter there, or name one: filter(path=FILE)"));
        filter.doubt(model).ifPresent(doubt -> {
            throw new IllegalArgumentException(doubt + "; train one on this model, or insist on this one: filter(path="
                    + filter.network().file() + ")");
        });
        return accept.isPresent() ? new LearnedFilter(filter.network(), accept.getAsDouble()) : filter;
    }

    @Override
    public Selector start(Plan plan) {
        return (view, chosen) -> {
            throw new ModelException(this + " has not met its model; name the file: filter(path=FILE)");
        };
    }

    @Override
    public String toString() {
        return accept.isPresent() ? "filter(accept=" + accept.getAsDouble() + ")" : "filter";
    }
}
