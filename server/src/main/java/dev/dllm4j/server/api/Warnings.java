package dev.dllm4j.server.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a request asks for and does not get, though it is answered: the answer says so. A strict server refuses most of
 * it, a lenient one leaves it aside. Mutable, confined to one thread.
 */
final class Warnings {
    private static final int MOST = 16;

    private final boolean lenient;
    private final Map<String, String> messages = new LinkedHashMap<>();
    private int more;

    Warnings(boolean lenient) {
        this.lenient = lenient;
    }

    boolean lenient() {
        return lenient;
    }

    /**
     * Leaves a field aside and says so.
     *
     * @throws ApiError the refusal, where the server is strict
     */
    void leaveAside(String field, String message, Supplier<ApiError> refusal) {
        if (!lenient) {
            throw refusal.get();
        }
        say(field, message);
    }

    /** Says something of a field; of one field the last word counts. */
    void say(String field, String message) {
        if (messages.size() < MOST || messages.containsKey(field)) {
            messages.put(field, message);
        } else {
            more++;
        }
    }

    /** In the order of the fields; of more than 16, the rest is a number. */
    List<Warning> all() {
        List<Warning> all = new ArrayList<>();
        messages.forEach((field, message) -> all.add(new Warning(field, message)));
        if (more > 0) {
            all.add(new Warning("…", more + " more warnings; send only fields that docs/serving.md lists"));
        }
        return all;
    }
}
