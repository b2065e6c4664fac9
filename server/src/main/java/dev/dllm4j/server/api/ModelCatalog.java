package dev.dllm4j.server.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models that requests may name. */
public final class ModelCatalog {
    private final Map<String, ServedModel> models = new LinkedHashMap<>();

    /** @param models at least one, each with an id of its own */
    public ModelCatalog(List<ServedModel> models) {
        if (models.isEmpty()) {
            throw new IllegalArgumentException("there is no model to serve; name one");
        }
        for (ServedModel model : models) {
            if (this.models.putIfAbsent(model.id(), model) != null) {
                throw new IllegalArgumentException(
                        "two models are called " + model.id() + "; clients could not tell them apart, so rename one");
            }
        }
    }

    /** In the order they were named. */
    public List<ServedModel> all() {
        return List.copyOf(models.values());
    }

    /**
     * The model of a request; the only one need not be named.
     *
     * @throws ApiError if there is none
     */
    public ServedModel named(Optional<String> id) {
        if (id.isEmpty() && models.size() > 1) {
            throw ApiError.field("model", "model is missing; it must be one of " + String.join(", ", models.keySet()));
        }
        ServedModel found =
                models.get(id.orElseGet(() -> models.keySet().iterator().next()));
        if (found == null) {
            throw ApiError.unknownModel("model is \"" + ApiError.quote(id.orElse("")) + "\"; served are "
                    + String.join(", ", models.keySet()));
        }
        return found;
    }
}
