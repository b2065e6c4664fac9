package dev.dllm4j.server;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.server.api.ModelCatalog;
import dev.dllm4j.server.api.RequestReader;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.Engine;
import dev.dllm4j.server.engine.EngineMeters;
import dev.dllm4j.server.http.HttpFront;
import dev.dllm4j.server.http.ModelService;
import dev.dllm4j.server.metrics.ServerMeters;
import java.util.ArrayList;
import java.util.List;

/**
 * Serves models over HTTP until it is closed. Closing it drains: what runs may end, what comes is refused. The models
 * stay the caller's.
 */
public final class Server implements AutoCloseable {
    private final List<ModelService> services;
    private final HttpFront front;
    private final ServerMeters meters;
    private final ServerOptions options;

    private Server(List<ModelService> services, HttpFront front, ServerMeters meters, ServerOptions options) {
        this.meters = meters;
        this.services = services;
        this.front = front;
        this.options = options;
    }

    /**
     * Listens.
     *
     * @throws java.io.UncheckedIOException if the address cannot be listened on
     */
    public static Server start(List<ServedModel> models, ServerOptions options) {
        requireNonNull(models, "models is null; give at least one to serve");
        requireNonNull(options, "options is null; give some, e.g. ServerOptions.DEFAULT");
        ModelCatalog catalog = new ModelCatalog(models);
        ServerMeters meters = new ServerMeters();
        List<ModelService> services = new ArrayList<>();
        for (ServedModel model : models) {
            EngineMeters counted = meters.engine(model);
            Engine engine = new Engine(model.id(), model.decoder().model(), options.engine(), counted);
            meters.watch(model, engine);
            services.add(new ModelService(model, engine, counted));
        }
        meters.watchCaches(
                models.stream().map(model -> model.decoder().cache()).distinct().toList());
        try {
            HttpFront front = HttpFront.listen(
                    options.host(),
                    options.port(),
                    options.http(),
                    options.tls(),
                    options.access(),
                    services,
                    new RequestReader(catalog, options.request()),
                    meters);
            return new Server(List.copyOf(services), front, meters, options);
        } catch (RuntimeException e) {
            services.forEach(service -> service.engine().close());
            meters.close();
            throw e;
        }
    }

    /** Where it listens. */
    public int port() {
        return front.port();
    }

    /** Where a browser or a client finds it. */
    public String url() {
        String host = options.host().indexOf(':') < 0 ? options.host() : "[" + options.host() + "]";
        return (options.tls().isPresent() ? "https://" : "http://") + host + ":" + port();
    }

    @Override
    public void close() {
        front.drain();
        services.forEach(service -> service.engine().close(options.drain()));
        front.close();
        meters.close();
    }
}
