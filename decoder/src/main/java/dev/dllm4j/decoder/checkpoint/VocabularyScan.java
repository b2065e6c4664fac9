package dev.dllm4j.decoder.checkpoint;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What is kept of a vocabulary that passes by: few tokens' ids, its size, and what lies beyond an embedding. */
final class VocabularyScan {
    private final Set<String> wanted;
    private final int rows;
    private final Map<String, Integer> ids = new HashMap<>();
    private int size;
    private int beyond;
    private String first = "";
    private int firstId = Integer.MAX_VALUE;

    /**
     * @param wanted tokens whose ids are kept
     * @param rows of the embedding
     */
    VocabularyScan(Set<String> wanted, int rows) {
        this.wanted = new HashSet<>(wanted);
        this.rows = rows;
    }

    /** Adds a token, where the vocabulary is yet to pass by. */
    void want(String token) {
        wanted.add(token);
    }

    void see(String token, int id) {
        size++;
        if (wanted.contains(token)) {
            ids.put(token, id);
        }
        seeBeyond(token, id);
    }

    /** A token that is not one of the vocabulary's own. */
    void seeBeyond(String token, int id) {
        if (id >= rows) {
            beyond++;
            if (id < firstId) {
                first = token;
                firstId = id;
            }
        }
    }

    /** Ids of the wanted tokens that the vocabulary has. */
    Map<String, Integer> ids() {
        return ids;
    }

    int size() {
        return size;
    }

    int rows() {
        return rows;
    }

    /** How many tokens have no row in the embedding. */
    int beyond() {
        return beyond;
    }

    /** That of them with the lowest id. */
    String first() {
        return first;
    }

    int firstId() {
        return firstId;
    }
}
