package dev.dllm4j.decoder.family;

/** What a weight does in the model, whatever a checkpoint calls it. Names key the weights of one piece. */
public enum Role {
    EMBEDDING,
    EMBEDDING_NORM,
    ATTENTION_NORM,
    QUERY,
    QUERY_BIAS,
    QUERY_NORM,
    KEY,
    KEY_BIAS,
    KEY_NORM,
    VALUE,
    VALUE_BIAS,
    ATTENTION_OUT,
    FEED_FORWARD_NORM,
    GATE,
    UP,
    DOWN,
    FINAL_NORM,
    HEAD_TRANSFORM,
    HEAD_NORM,
    HEAD,
    HEAD_BIAS
}
