package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ApiError;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names under which requests may reach the server. A page of a site whose name is made to lead to this machine
 * reaches the server under that name, so a server that asks for no key has to know its own.
 *
 * @param allowed in lower case, without ports; empty for any
 */
record Hosts(Collection<String> allowed) {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern NAME = Pattern.compile("\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+");
    private static final Pattern AUTHORITY = Pattern.compile("(" + NAME + ")(:[0-9]{0,5})?");
    private static final Pattern ABSOLUTE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*).*");

    /**
     * Those of a server.
     *
     * @param bind address that it listens on
     * @param keyless whether anybody may use it
     * @param named by its user
     */
    static Hosts of(String bind, boolean keyless, Collection<String> named) {
        if (named.isEmpty() && !(keyless && loopback(bind))) {
            return new Hosts(List.of());
        }
        Collection<String> names = new TreeSet<>(LOOPBACK);
        names.add(lower(bind.indexOf(':') < 0 ? bind : "[" + bind + "]"));
        named.forEach(name -> names.add(lower(name)));
        return new Hosts(names);
    }

    /** Whether only this machine reaches what listens there. */
    static boolean loopback(String bind) {
        try {
            return InetAddress.getByName(bind).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false; // Listening there will fail.
        }
    }

    /** @throws IllegalArgumentException if it is not a name, or not one without a port */
    static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("allowed host is \"" + name
                    + "\"; it must be a name or an address without a port, IPv6 in brackets");
        }
    }

    /**
     * The names by which a request calls this server: of its one Host field, which a request of HTTP/1.0 need not have,
     * and of its target, where that is a whole URL.
     *
     * @throws ApiError if there is no Host, or more than one, or a name is malformed
     */
    static List<String> named(HttpServerRequest request) {
        List<String> fields = request.headers().getAll("Host");
        if (fields.size() > 1 || (fields.isEmpty() && request.version() != HttpVersion.HTTP_1_0)) {
            throw malformed("there are " + fields.size() + " Host fields; send one");
        }
        List<String> names = new ArrayList<>();
        fields.forEach(field -> names.add(name(field)));
        Matcher absolute = ABSOLUTE.matcher(request.uri());
        if (absolute.matches()) {
            names.add(name(absolute.group(1)));
        }
        return names;
    }

    /** @throws ApiError if one of the names is not allowed */
    void check(List<String> names) {
        names.forEach(this::requireAllowed);
    }

    private void requireAllowed(String name) {
        if (!allowed.isEmpty() && !allowed.contains(name)) {
            throw ApiError.request(
                    421,
                    "host_not_allowed",
                    "the Host is \"" + ApiError.quote(name) + "\"; requests must be sent to one of "
                            + String.join(", ", allowed) + ", unless --allowed-host names others");
        }
    }

    private static String name(String authority) {
        Matcher matcher = AUTHORITY.matcher(authority);
        if (!matcher.matches()) {
            throw malformed("the Host is \"" + ApiError.quote(authority) + "\"; it must be NAME or NAME:PORT");
        }
        String name = lower(matcher.group(1));
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static ApiError malformed(String message) {
        return ApiError.request(400, "bad_host", message);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
