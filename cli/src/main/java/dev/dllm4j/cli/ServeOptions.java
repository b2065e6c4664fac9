package dev.dllm4j.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the server listens and what it allows. */
final class ServeOptions {
    @Option(
            names = "--host",
            paramLabel = "HOST",
            description = "Address to listen on; 0.0.0.0 for all. Default 127.0.0.1, this machine alone.")
    String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "N", description = "Port to listen on; 0 for any free one. Default 8080.")
    int port = 8080;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description =
                    "SHA-256 hashes of the keys that clients must show, one a line. Default: no key is asked for.")
    @Nullable Path apiKeyFile;

    @Option(
            names = "--allowed-host",
            paramLabel = "NAME",
            description =
                    "Name by which requests may reach the server, besides localhost; once for each. Default: none on this machine alone without keys, else any.")
    List<String> allowedHosts = List.of();

    @Option(
            names = "--rate-limit",
            paramLabel = "N",
            description = "Requests a minute for each key. Default 0, any number.")
    int rateLimit;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = "Certificate chain to show over TLS, PEM; with --tls-key. Default: plain HTTP.")
    @Nullable Path tlsCertificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "Its private key, PEM, not encrypted.")
    @Nullable Path tlsKey;

    @Option(names = "--max-active", paramLabel = "N", description = "Sequences that share a forward. Default 8.")
    int maxActive = 8;

    @Option(
            names = "--max-queued",
            paramLabel = "N",
            description = "Sequences that may wait for a place; then 429. Default 64.")
    int maxQueued = 64;

    @Option(names = "--queue-timeout", paramLabel = "S", description = "Seconds they may wait. Default 30.")
    double queueTimeout = 30;

    @Option(names = "--request-timeout", paramLabel = "S", description = "Seconds one may run. Default 600.")
    double requestTimeout = 600;

    @Option(
            names = "--idle-timeout",
            paramLabel = "S",
            description = "Seconds until a connection has sent the head of its next request. Default 60.")
    double idleTimeout = 60;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "Connections that may be open; then the longest idle one is closed. Default 1024.")
    int maxConnections = 1024;

    @Option(names = "--drain", paramLabel = "S", description = "Seconds to finish requests when stopped. Default 20.")
    double drain = 20;

    @Option(
            names = "--max-prompt",
            paramLabel = "N",
            description = "Tokens of a prompt at most; the model's context may allow fewer. Default 8192.")
    int maxPrompt = 8192;

    @Option(
            names = "--max-prompt-characters",
            paramLabel = "N",
            description = "Characters of a prompt at most. Default: 32 for each token of --max-prompt, at least 4096.")
    @Nullable Integer maxPromptCharacters;

    @Option(names = "--max-canvas", paramLabel = "N", description = "Positions a request may decode. Default 1024.")
    int maxCanvas = 1024;

    @Option(names = "--max-body", paramLabel = "SIZE", description = "Longest request, e.g. 512k. Default 1m.")
    ByteSize maxBody = new ByteSize(1 << 20);

    @Option(
            names = "--lenient",
            description =
                    "Answer requests that name unknown fields or ask for more than --max-canvas; the answer says what was left aside. Default: refuse them.")
    boolean lenient;
}
