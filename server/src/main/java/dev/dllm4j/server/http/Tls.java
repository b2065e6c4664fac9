package dev.dllm4j.server.http;

import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the server shows of itself over TLS, as PEM files.
 *
 * @param certificate the chain, the server's own first
 * @param key its private key, PKCS#8
 */
public record Tls(Path certificate, Path key) {
    public Tls {
        requireReadable("TLS certificate", certificate);
        requireReadable("TLS key", key);
    }

    private static void requireReadable(String name, Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException(
                    "the " + name + " is " + file + ", which cannot be read; name a PEM file");
        }
    }

    void apply(HttpServerOptions options) {
        options.setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(certificate.toAbsolutePath().toString())
                        .setKeyPath(key.toAbsolutePath().toString()));
    }
}
