package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.server.http.Access;
import dev.dllm4j.server.testing.RawConnection;
import dev.dllm4j.server.testing.TinyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By which names requests may reach the server. */
class HostTest {
    private static final String SESAME = "d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272";

    @TempDir
    private Path folder;

    private static int status(TinyServer tiny, String target, String fields) {
        try (RawConnection raw = new RawConnection(tiny.server(), 0)
                .send("GET " + target + " HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n")) {
            return Integer.parseInt(raw.readToEnd().substring(9, 12));
        }
    }

    private static int models(TinyServer tiny, String host) {
        return status(tiny, "/v1/models", "Host: " + host + "\r\n");
    }

    @Test
    void withoutKeysThisMachineIsReachedByItsOwnNamesAlone() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            for (String own : List.of("localhost", "LocalHost:8080", "127.0.0.1:1", "[::1]", "[::1]:9", "localhost.")) {
                assertThat(models(tiny, own)).as(own).isEqualTo(200);
            }
            for (String other :
                    List.of("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1")) {
                assertThat(models(tiny, other)).as(other).isEqualTo(421);
                assertThat(status(tiny, "/", "Host: " + other + "\r\n"))
                        .as(other)
                        .isEqualTo(421);
                assertThat(status(tiny, "/metrics", "Host: " + other + "\r\n"))
                        .as(other)
                        .isEqualTo(421);
                assertThat(status(tiny, "/health", "Host: " + other + "\r\n")).isEqualTo(200);
                assertThat(status(tiny, "/ready", "Host: " + other + "\r\n")).isEqualTo(200);
            }
        }
    }

    @Test
    void aTargetMayNameTheHostToo() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            assertThat(status(tiny, "http://localhost:8080/v1/models", "Host: localhost\r\n"))
                    .isEqualTo(200);
            assertThat(status(tiny, "http://evil.example/v1/models", "Host: localhost\r\n"))
                    .isEqualTo(421);
            assertThat(status(tiny, "http://localhost/v1/models", "Host: evil.example\r\n"))
                    .isEqualTo(421);
            assertThat(status(tiny, "http://localhost@evil.example/v1/models", "Host: localhost\r\n"))
                    .isEqualTo(400);
        }
    }

    @Test
    void oneHostIsNamedAndWellFormed() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            for (String path : List.of("/v1/models", "/health")) {
                assertThat(status(tiny, path, "")).isEqualTo(400);
                assertThat(status(tiny, path, "Host: localhost\r\nHost: localhost\r\n"))
                        .isEqualTo(400);
                for (String host : List.of("", "a b", "a,b", "localhost:x", "user@localhost", "[::1", "localhost/")) {
                    assertThat(status(tiny, path, "Host: " + host + "\r\n"))
                            .as(host)
                            .isEqualTo(400);
                }
            }
            try (RawConnection old = new RawConnection(tiny.server(), 0).send("GET /v1/models HTTP/1.0\r\n\r\n")) {
                assertThat(old.readToEnd()).contains(" 200 OK");
            }
        }
    }

    @Test
    void withKeysAnyNameWillDoUnlessSomeAreNamed() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), SESAME + "\n");
        String bearer = "Authorization: Bearer sesame\r\n";
        Access access = new Access(Optional.of(keys), 0);
        try (TinyServer tiny = new TinyServer(folder.resolve("any"), ServerOptions.DEFAULT.withAccess(access))) {
            assertThat(status(tiny, "/v1/models", "Host: api.example\r\n" + bearer))
                    .isEqualTo(200);
        }
        access = access.withHosts(List.of("API.example"));
        try (TinyServer tiny = new TinyServer(folder.resolve("named"), ServerOptions.DEFAULT.withAccess(access))) {
            assertThat(status(tiny, "/v1/models", "Host: api.example:443\r\n" + bearer))
                    .isEqualTo(200);
            assertThat(status(tiny, "/v1/models", "Host: localhost\r\n" + bearer))
                    .isEqualTo(200);
            assertThat(status(tiny, "/v1/models", "Host: other.example\r\n" + bearer))
                    .isEqualTo(421);
        }
    }

    @Test
    void onAnotherAddressAnyNameWillDo() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT.withHost("0.0.0.0"))) {
            assertThat(models(tiny, "api.example")).isEqualTo(200);
        }
    }

    @Test
    void otherAddressesWithoutKeysAreWarnedOf() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), SESAME + "\n");
        ServerOptions open = ServerOptions.DEFAULT.withHost("0.0.0.0");

        assertThat(open.warnings()).singleElement().asString().startsWith("anybody who reaches 0.0.0.0 may use");
        assertThat(open.withAccess(new Access(Optional.of(keys), 0)).warnings()).isEmpty();
        assertThat(ServerOptions.DEFAULT.warnings()).isEmpty();
        assertThat(ServerOptions.DEFAULT.withHost("::1").warnings()).isEmpty();
    }

    @Test
    void aNameWithAPortIsRefused() {
        assertThatThrownBy(() -> Access.OPEN.withHosts(List.of("api.example:443")))
                .hasMessage(
                        "allowed host is \"api.example:443\"; it must be a name or an address without a port, IPv6 in brackets");
    }

    @Test
    void noOtherSiteIsInvited() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT);
                RawConnection raw = new RawConnection(tiny.server(), 0)) {
            String answer = raw.send(String.join(
                            "\r\n",
                            "OPTIONS /v1/completions HTTP/1.1",
                            "Host: localhost",
                            "Origin: http://evil.example",
                            "Access-Control-Request-Method: POST",
                            "Access-Control-Request-Headers: content-type",
                            "Connection: close",
                            "",
                            ""))
                    .readToEnd();

            assertThat(answer).startsWith("HTTP/1.1 405 ").doesNotContainIgnoringCase("access-control");
        }
    }
}
