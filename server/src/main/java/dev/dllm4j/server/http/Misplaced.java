package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Paths that lead nowhere, with the one that was probably meant: most come from a client's base URL. */
final class Misplaced {
    private static final String BASE = "/v1";
    private static final Pattern REPEATED = Pattern.compile("/{2,}");
    /** A base URL that has it, before a client that adds it. */
    private static final Pattern BASES = Pattern.compile("^(/v1)+(?=/|$)");

    private static final Pattern LAST_SLASHES = Pattern.compile("(?<=.)/+$");

    private Misplaced() {}

    /** @param routes paths that lead somewhere; those of single models begin with the one that ends in a slash */
    static ApiError notFound(String path, Set<String> routes) {
        String what = "nothing is at " + ApiError.quote(path) + "; ";
        return ApiError.request(
                404,
                "not_found",
                what
                        + meant(path, routes)
                                .map(known -> "did you mean " + ApiError.quote(known)
                                        + "? A client's base URL is this server's address with " + BASE
                                        + " at its end, once")
                                .orElse("this server has " + BASE + "/chat/completions, " + BASE
                                        + "/completions and what /openapi.json lists"));
    }

    private static Optional<String> meant(String path, Set<String> routes) {
        if (path.length() > 1000) {
            return Optional.empty();
        }
        String single =
                LAST_SLASHES.matcher(REPEATED.matcher(path).replaceAll("/")).replaceAll("");
        String bare = BASES.matcher(single).replaceFirst("");
        if (bare.isEmpty()) {
            return Optional.empty();
        }
        return List.of(BASE + bare, bare).stream()
                .filter(candidate -> !candidate.equals(path) && leads(candidate, routes))
                .findFirst();
    }

    private static boolean leads(String path, Set<String> routes) {
        return routes.contains(path)
                || routes.stream()
                        .anyMatch(route -> route.startsWith(BASE) && route.endsWith("/") && path.startsWith(route));
    }
}
