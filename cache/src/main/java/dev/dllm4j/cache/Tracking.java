package dev.dllm4j.cache;

import java.nio.FloatBuffer;

/** Watches attention during a forward, layer by layer, and says whether kept rows have become stale. */
public interface Tracking {
    /** What two attention rows are compared along. */
    enum Along {
        /** One cosine for each key, over the heads (Elastic-Cache's released code). */
        HEADS,
        /** One cosine for each head, over the keys (Elastic-Cache's paper). */
        KEYS
    }

    Along along();

    /** Computed positions whose attention is compared with what the kept rows gave before; may be empty. */
    Positions compared();

    /** Computed positions whose attention is summed by key. */
    Positions summed();

    /**
     * Asked behind each layer that reused kept rows, where {@link #compared} has positions.
     *
     * @param similarity mean cosine of the attention of the compared rows, old against new
     * @return whether the layers behind compute every row
     */
    boolean stale(int layer, float similarity);

    /**
     * Told behind each layer.
     *
     * @param columns attention of the summed rows to each position, over all heads; valid during the call
     */
    void attended(int layer, FloatBuffer columns);
}
