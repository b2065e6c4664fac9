package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelOrigin;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * The {@link LearnedFilter} that lies in the model's folder as {@code filter.safetensors}. Which one that is shows when
 * the model is known. Its messages name no folder, as a server's clients may read them.
 *
 * @param accept empty for what the filter's file recommends
 */
record ModelFilter(OptionalDouble accept) implements UnmaskingStrategy {
    @Override
    public UnmaskingStrategy of(ModelOrigin model) {
        LearnedFilter filter = model.content(ModelFolder.FILTER, LearnedFilter.class, ModelFilter::read)
                .orElseThrow(() -> new IllegalArgumentException(
                        "filter finds no " + ModelFolder.FILTER + " in the folder of model " + model.hash()
                                + "; put the model's own filter there, or name one: filter(path=FILE)"));
        filter.doubt(model).ifPresent(doubt -> {
            throw new IllegalArgumentException(
                    doubt + "; train one on this model, or insist on this one: filter(path=FILE)");
        });
        return new LearnedFilter(filter.network(), accept.orElse(filter.accept()), true);
    }

    private static LearnedFilter read(Path file) {
        try {
            LearnedFilter filter = LearnedFilter.read(file);
            return new LearnedFilter(filter.network(), filter.accept(), true);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the model's " + ModelFolder.FILTER
                            + " cannot be read as a filter; filter(path=FILE) says why, so train one, or leave filter out",
                    e);
        }
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
