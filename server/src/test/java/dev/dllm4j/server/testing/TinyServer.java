package dev.dllm4j.server.testing;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.text.Tokenizer;
import dev.dllm4j.server.Server;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.api.ServedModel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A random model of 97 tokens, each of which is called by its number, with a cache of its own, behind a server on a free port. */
public final class TinyServer implements AutoCloseable {
    private final Decoder decoder;
    private final Server server;

    public TinyServer(Path folder, ServerOptions options) {
        this(folder, new TokenNames(), options);
    }

    /** With another way to write tokens. */
    public TinyServer(Path folder, Tokenizer tokenizer, ServerOptions options) {
        this(TinyModels.open(folder, Family.LLADA), tokenizer, options);
    }

    /** With another model, which is closed with the server, and a cache of its own. */
    public TinyServer(OnnxModel model, Tokenizer tokenizer, ServerOptions options) {
        this(
                new Decoder(model, tokenizer, Optional.empty(), "tiny-hash", new LayerCache(LayerCache.DEFAULT_BUDGET)),
                options);
    }

    /** With another decoder, which is closed with the server. */
    public TinyServer(Decoder decoder, ServerOptions options) {
        this.decoder = decoder;
        server = Server.start(
                List.of(new ServedModel("tiny", decoder, RuntimeOptions.DEFAULT, Instant.ofEpochSecond(7))),
                options.withPort(0));
    }

    public Decoder decoder() {
        return decoder;
    }

    public Server server() {
        return server;
    }

    public Client client() {
        return new Client(server);
    }

    @Override
    public void close() {
        server.close();
        decoder.close();
    }
}
