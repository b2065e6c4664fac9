package dev.dllm4j.server.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.api.ApiError;
import dev.dllm4j.server.api.GenerationRequest;
import dev.dllm4j.server.api.ModelCatalog;
import dev.dllm4j.server.api.RequestBody;
import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.api.RequestReader;
import dev.dllm4j.server.api.ServedModel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Any bytes as the body of a request: answered by OpenAI's error object, or begun and decoded to its end. */
public final class RequestFuzz {
    private static final RequestReader READER = reader();

    private RequestFuzz() {}

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(FuzzedDataProvider data) {
        byte[] body = data.consumeRemainingAsBytes();
        check(body, RequestReader::chat);
        check(body, RequestReader::completion);
    }

    private static void check(byte[] bytes, BiFunction<RequestReader, ObjectNode, GenerationRequest> read) {
        List<Decoding> decodings;
        try {
            decodings = read.apply(READER, RequestBody.parse(bytes)).start("");
        } catch (ApiError error) {
            requireClientsFault(error);
            return;
        }
        decodings.forEach(RequestFuzz::decode);
    }

    private static void requireClientsFault(ApiError error) {
        if (error.status() < 400 || error.status() > 499 || error.json().toString().length() > 4000) {
            throw new AssertionError("a request is answered by " + error.status() + " " + error.json());
        }
    }

    private static void decode(Decoding decoding) {
        try (decoding) {
            while (!decoding.done()) {
                decoding.step();
            }
        }
    }

    private static RequestReader reader() {
        Decoder decoder = new Decoder(
                new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.8)),
                new TokenNames(),
                Optional.empty(),
                "scripted-hash");
        ServedModel model = new ServedModel("scripted", decoder, RuntimeOptions.DEFAULT, Instant.EPOCH);
        return new RequestReader(new ModelCatalog(List.of(model)), new RequestLimits(32, 32, 4));
    }
}
