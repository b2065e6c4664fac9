package dev.dllm4j.server.testing;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.Tokenizer;
import dev.dllm4j.server.Server;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.api.ServedModel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A model behind a gate behind a server, so that a test decides how far an answer is. */
public final class GatedServer implements AutoCloseable {
    private final GatedPredictor gate;
    private final Decoder decoder;
    private final Server server;
    private final Client client;

    public GatedServer(
            String id,
            MaskPredictor model,
            Tokenizer tokenizer,
            Optional<ChatTemplate> template,
            ServerOptions options) {
        gate = new GatedPredictor(model);
        decoder = new Decoder(gate, tokenizer, template, id + "-hash");
        server = Server.start(
                List.of(new ServedModel(id, decoder, RuntimeOptions.DEFAULT, Instant.EPOCH)), options.withPort(0));
        client = new Client(server);
    }

    /** Sixteen tokens, each called by its number; never sure enough for two in a step, so that a token is a step. */
    public static GatedServer scripted(ServerOptions options) {
        return new GatedServer(
                "scripted",
                new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.8)),
                new TokenNames(),
                Optional.empty(),
                options);
    }

    public GatedPredictor gate() {
        return gate;
    }

    public Decoder decoder() {
        return decoder;
    }

    public Server server() {
        return server;
    }

    public String url() {
        return server.url();
    }

    /** The same one at each call, so that a test knows its connection. */
    public Client client() {
        return client;
    }

    @Override
    public void close() {
        gate.open();
        server.close();
        decoder.close();
    }
}
