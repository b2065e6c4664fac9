package dev.dllm4j.decoder.family;

import java.util.EnumSet;
import java.util.Set;

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
    ROUTER,
    ROUTER_BIAS,
    EXPERT_GATE,
    EXPERT_UP,
    EXPERT_DOWN,
    SHARED_GATE,
    SHARED_UP,
    SHARED_DOWN,
    FINAL_NORM,
    HEAD_TRANSFORM,
    HEAD_NORM,
    HEAD,
    HEAD_BIAS;

    private static final Set<Role> OF_EXPERTS = EnumSet.of(EXPERT_GATE, EXPERT_UP, EXPERT_DOWN);

    /** Whether every expert of a layer has one. */
    boolean ofExperts() {
        return OF_EXPERTS.contains(this);
    }
}
