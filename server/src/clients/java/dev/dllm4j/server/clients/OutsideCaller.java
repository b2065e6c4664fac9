package dev.dllm4j.server.clients;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.server.testing.Client;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * A client that is not Java's, in a script that prints what came of its call.
 *
 * @param script found when it is called, so that a test is skipped where it is absent
 */
record OutsideCaller(Supplier<Programs.Script> script) implements Caller {
    @Override
    public void requireThere() {
        requireNonNull(script.get(), "a supplier gives a script or skips the test");
    }

    @Override
    public Outcome call(Way way, String url, int retries) {
        String said = script.get().run(url + "/v1", way.name().toLowerCase(Locale.ROOT), Integer.toString(retries));
        JsonNode json = Client.json(said);
        return new Outcome(
                json.path("text").asText(),
                json.path("steps").asInt(),
                json.path("error").asText(),
                json.path("code").asText(),
                json.path("message").asText());
    }
}
