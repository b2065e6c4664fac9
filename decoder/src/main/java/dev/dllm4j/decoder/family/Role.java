package dev.dllm4j.decoder.family;

/** What a weight does in the model, whatever a checkpoint calls it. Names key the weights of one piece. */
public enum Role {
    EMBEDDING,
    ATTENTION_NORM,
    QUERY,
    QUERY_BIAS,
    KEY,
    KEY_BIAS,
    VALUE,
    VALUE_BIAS,
    ATTENTION_OUT,
    FEED_FORWARD_NORM,
    GATE,
    UP,
    DOWN,
    FINAL_NORM,
    HEAD
}
