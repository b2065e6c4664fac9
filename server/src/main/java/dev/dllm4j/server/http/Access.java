package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Who may use what is below {@code /v1}, and how often.
 *
 * @param keyFile hashes of the keys; absent where none is asked for
 * @param requestsPerMinute of each key; 0 for any number
 */
public record Access(Optional<Path> keyFile, int requestsPerMinute) {
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
    }

    /** Reads the keys. */
    Guard guard() {
        return new Guard(keyFile.map(ApiKeys::new), new RateLimit(requestsPerMinute, System::nanoTime));
    }

    /** Looks at requests. */
    record Guard(Optional<ApiKeys> keys, RateLimit rate) {
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
            OptionalInt wait = rate.take(key);
            if (wait.isPresent()) {
                request.response().putHeader("Retry-After", Integer.toString(wait.getAsInt()));
                throw ApiError.busy(
                        "rate_limit_exceeded",
                        "this API key has no request left; try again in " + wait.getAsInt() + " seconds");
            }
            return key;
        }

        void reload() {
            keys.ifPresent(ApiKeys::reload);
        }
    }
}
