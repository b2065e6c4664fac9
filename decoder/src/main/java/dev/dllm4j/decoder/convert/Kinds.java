package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight;

/** What the kinds of a sealed type are called in a manifest. */
final class Kinds {
    private Kinds() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Sight.Everything.class, name = "everything"),
        @JsonSubTypes.Type(value = Sight.BlockCausal.class, name = "block-causal"),
        @JsonSubTypes.Type(value = Sight.Alternating.class, name = "alternating")
    })
    interface OfSight {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = FeedForward.Gated.class, name = "gated"),
        @JsonSubTypes.Type(value = FeedForward.Experts.class, name = "experts")
    })
    interface OfFeedForward {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Router.Softmax.class, name = "softmax"),
        @JsonSubTypes.Type(value = Router.Sigmoid.class, name = "sigmoid")
    })
    interface OfRouter {}
}
