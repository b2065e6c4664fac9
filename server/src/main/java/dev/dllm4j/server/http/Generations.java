package dev.dllm4j.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.server.api.ApiError;
import dev.dllm4j.server.api.GenerationRequest;
import dev.dllm4j.server.api.RequestBody;
import dev.dllm4j.server.api.RequestReader;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.Refused;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * From the body of a request to its {@link Generation}: taken in, parsed on a few threads, read on threads of its model's
 * own, and handed to the model's engine.
 */
final class Generations {
    /** A parsed body takes several times its bytes, so few are parsed at once. */
    private static final int PARSING_THREADS = 4;

    private final HttpLimits limits;
    private final Map<String, ModelService> services;
    private final RequestReader reader;
    private final BooleanSupplier draining;
    private final BodyReader bodies;
    private final WorkerExecutor parsing;
    private final Map<String, Intake> intakes = new LinkedHashMap<>();

    /**
     * @param services by the model's id
     * @param draining whether no request is handed to an engine any more
     */
    Generations(
            Vertx vertx,
            HttpLimits limits,
            Map<String, ModelService> services,
            RequestReader reader,
            BooleanSupplier draining) {
        this.limits = limits;
        this.services = Map.copyOf(services);
        this.reader = reader;
        this.draining = draining;
        bodies = new BodyReader(limits);
        parsing = vertx.createSharedWorkerExecutor("dllm4j-parsing", PARSING_THREADS);
        services.keySet().forEach(id -> intakes.put(id, new Intake(vertx, id, limits.bodyBytes())));
    }

    /** A request and its sequences, not begun. */
    private record Started(GenerationRequest request, List<Decoding> decodings) {}

    /** A body, and the model that it names. */
    private record Addressed(ObjectNode body, int bytes, ModelService service) {}

    /** Reads the body and answers it, now or once its sequences have ended; what is wrong with it is answered too. */
    void begin(Exchange exchange, Function<ObjectNode, GenerationRequest> read) {
        bodies.read(exchange)
                .compose(bytes -> parsing.executeBlocking(() -> addressed(bytes), false))
                .compose(addressed -> take(exchange, addressed, read))
                .map(started -> submit(exchange, started))
                .onFailure(exchange::fail);
    }

    private Addressed addressed(byte[] bytes) throws Refused {
        ObjectNode body = RequestBody.parse(bytes);
        ModelService service = service(reader.model(body));
        // Before the prompt is read, which takes longer than all else that a refusal costs.
        service.engine().requirePlaces(1);
        return new Addressed(body, bytes.length, service);
    }

    private Future<Started> take(Exchange exchange, Addressed addressed, Function<ObjectNode, GenerationRequest> read) {
        return intake(addressed.service()).read(addressed.bytes(), () -> {
            // Others may have taken the places while this one waited to be read.
            addressed.service().engine().requirePlaces(1);
            GenerationRequest request = read.apply(addressed.body());
            return new Started(request, request.start(exchange.tenant()));
        });
    }

    private Intake intake(ModelService service) {
        return Objects.requireNonNull(intakes.get(service.model().id()));
    }

    private Generation submit(Exchange exchange, Started started) {
        if (draining.getAsBoolean()) {
            started.decodings().forEach(Decoding::close);
            throw ApiError.stopping(Refused.LONGEST_WAIT);
        }
        ModelService service = service(started.request().model());
        exchange.warn(started.request().warnings());
        Generation generation = new Generation(exchange, service, started.request(), started.decodings(), limits);
        generation.submit();
        return generation;
    }

    private ModelService service(ServedModel model) {
        ModelService service = services.get(model.id());
        if (service == null) {
            throw new IllegalStateException("a model without an engine");
        }
        return service;
    }
}
