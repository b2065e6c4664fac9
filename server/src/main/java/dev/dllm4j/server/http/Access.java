package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who may use what is below {@code /v1}, how often, and under which names of the server.
 *
 * @param keyFile hashes of the keys; absent where none is asked for
 * @param requestsPerMinute of each key; 0 for any number
 * @param hosts names under which requests may reach the server, besides those of this machine alone; empty for its own
 *     where it listens on this machine alone and asks for no key, and any elsewhere
 */
public record Access(Optional<Path> keyFile, int requestsPerMinute, List<String> hosts) {
    /** Everybody, as often as they like. */
    public static final Access OPEN = new Access(Optional.empty(), 0);

    public Access {
        if (requestsPerMinute < 0) {
            throw new IllegalArgumentException(
                    "rate limit is " + requestsPerMinute + " a minute; it must be 0 or above, 0 for none");
        }
        if (requestsPerMinute > 0 && keyFile.isEmpty()) {
            throw new IllegalArgumentException("rate limit is " + requestsPerMinute
                    + " a minute; it is counted by API key, so give a key file, or leave it out");
        }
        hosts.forEach(Hosts::requireName);
        hosts = List.copyOf(hosts);
    }

    public Access(Optional<Path> keyFile, int requestsPerMinute) {
        this(keyFile, requestsPerMinute, List.of());
    }

    public Access withHosts(List<String> others) {
        return new Access(keyFile, requestsPerMinute, others);
    }

    /** Whether others than this machine's users may use a server without a key. */
    public boolean openToOthers(String bind) {
        return keyFile.isEmpty() && !Hosts.loopback(bind);
    }

    /**
     * Reads the keys.
     *
     * @param bind address that the server listens on
     */
    Guard guard(String bind) {
        return new Guard(
                keyFile.map(file -> new ApiKeys(file, System::nanoTime)),
                new RateLimit(requestsPerMinute, System::nanoTime),
                Hosts.of(bind, keyFile.isEmpty(), hosts));
    }

    /** Looks at requests. */
    record Guard(Optional<ApiKeys> keys, RateLimit rate, Hosts hosts) {
        /**
         * @return whose the request is: the hash of its key, or nobody's in particular where none is asked for
         * @throws ApiError if the request may not be served
         */
        String check(HttpServerRequest request) {
            if (keys.isEmpty()) {
                return "";
            }
            String key;
            try {
                key = keys.get().check(request.getHeader("Authorization"));
            } catch (ApiError e) {
                request.response().putHeader("WWW-Authenticate", "Bearer");
                throw e;
            }
            Optional<Duration> wait = rate.take(key);
            if (wait.isPresent()) {
                throw ApiError.busy("rate_limit_exceeded", "this API key has no request left", wait.get());
            }
            return key;
        }

        void reload() {
            keys.ifPresent(ApiKeys::reload);
        }
    }
}
