package dev.dllm4j.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.server.api.ApiError;
import dev.dllm4j.server.api.GenerationRequest;
import dev.dllm4j.server.api.Responses;
import dev.dllm4j.server.api.Responses.ChoiceResult;
import dev.dllm4j.server.engine.End;
import dev.dllm4j.server.engine.Engine;
import dev.dllm4j.server.engine.Refused;
import dev.dllm4j.server.engine.Ticket;
import dev.dllm4j.server.engine.Watcher;
import dev.dllm4j.server.text.ChoiceText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through an engine: hands its sequences over, follows them, and answers when they have ended or
 * while they settle. Confined to its exchange's context, but for what the sequences' followers do.
 */
final class Generation {
    private final Exchange exchange;
    private final ModelService service;
    private final GenerationRequest request;
    private final List<Decoding> decodings;
    private final Responses responses;
    private final List<@Nullable ChoiceResult> results;
    private final @Nullable EventStream stream;
    private List<Ticket> tickets = List.of();
    private boolean over;
    private boolean spoke;

    /** @param decodings the request's, not begun; they are this object's now */
    Generation(
            Exchange exchange,
            ModelService service,
            GenerationRequest request,
            List<Decoding> decodings,
            HttpLimits limits) {
        this.exchange = exchange;
        this.service = service;
        this.request = request;
        this.decodings = decodings;
        responses = new Responses(request, decodings.get(0).config());
        results = new ArrayList<>(Collections.nCopies(decodings.size(), null));
        stream = request.streaming().on()
                ? new EventStream(exchange, limits, new EventStream.Reader() {
                    @Override
                    public void behind() {
                        tickets.forEach(Ticket::pause);
                    }

                    @Override
                    public void caughtUp() {
                        tickets.forEach(Ticket::resume);
                    }

                    @Override
                    public void lost() {
                        giveUp(End.Reason.SLOW_READER);
                    }
                })
                : null;
    }

    /** Hands the sequences to the engine. */
    void submit() {
        List<Engine.Entry> entries = new ArrayList<>();
        for (int index = 0; index < decodings.size(); index++) {
            entries.add(new Engine.Entry(decodings.get(index), new Follower(index)));
        }
        exchange.response().closeHandler(ignored -> giveUp(End.Reason.CLIENT_GONE));
        try {
            tickets = service.engine().submit(entries);
        } catch (Refused e) {
            decodings.forEach(Decoding::close);
            fail(e);
        } catch (IllegalArgumentException e) {
            decodings.forEach(Decoding::close);
            fail(ApiError.field("n", String.valueOf(e.getMessage())));
        }
        if (exchange.response().closed()) {
            giveUp(End.Reason.CLIENT_GONE);
        }
    }

    private void giveUp(End.Reason reason) {
        over = true;
        tickets.forEach(ticket -> ticket.cancel(reason));
        if (stream != null) {
            stream.abandon();
        }
    }

    private void fail(Throwable cause) {
        if (over) {
            exchange.error(cause); // Nobody is told, but the log.
            return;
        }
        over = true;
        tickets.forEach(ticket -> ticket.cancel(End.Reason.SIBLING_FAILED));
        if (stream != null && stream.open()) {
            stream.fail(cause);
        } else {
            exchange.fail(cause);
        }
    }

    /** Runs something on the exchange's context; where it fails, the exchange ends as one that failed. */
    private void tell(Runnable action) {
        exchange.run(() -> {
            try {
                if (!over) {
                    action.run();
                }
            } catch (RuntimeException | Error e) {
                try {
                    fail(e);
                } finally {
                    exchange.dropUnlessEnded();
                }
            }
        });
    }

    private ApiError cancelled(End.Reason reason) {
        return switch (reason) {
            case WAITED_TOO_LONG ->
                ApiError.busy(
                        "overloaded",
                        "no place became free in time",
                        Duration.ofSeconds(service.engine().retrySeconds()));
            case RAN_TOO_LONG -> ApiError.tookTooLong();
            case ENGINE_FAILED -> ApiError.engineFailed();
            case STOPPING, CLIENT_GONE, SLOW_READER, SIBLING_FAILED -> ApiError.stopping(Refused.LONGEST_WAIT);
        };
    }

    private void delta(EventStream open, int index, String text) {
        if (text.isEmpty()) {
            return;
        }
        open.data(responses.delta(index, text));
        if (!spoke) {
            spoke = true;
            exchange.firstText(service.model().id());
        }
    }

    private void ended(int index, ChoiceResult result, String rest) {
        results.set(index, result);
        if (stream != null) {
            delta(stream, index, rest);
            if (request.streaming().canvas()) {
                stream.event("canvas", responses.canvasDone(index, result));
            }
            // openai-java's accumulator takes nothing but the usage after it.
            boolean last = !request.streaming().usage() && results.stream().noneMatch(Objects::isNull);
            stream.data(responses.closing(index, result.result().finishReason(), last));
        }
        List<ChoiceResult> finished = new ArrayList<>();
        for (ChoiceResult each : results) {
            if (each == null) {
                return;
            }
            finished.add(each);
        }
        if (stream == null) {
            ObjectNode whole = responses.whole(finished);
            over = true;
            exchange.json(200, whole);
            return;
        }
        if (request.streaming().usage()) {
            stream.data(responses.usageChunk(finished));
        }
        over = true;
        stream.end();
    }

    /** Follows one sequence on the engine's thread, and tells the context what came of it. */
    private final class Follower implements Watcher {
        private final int index;
        private final ChoiceText text;

        Follower(int index) {
            this.index = index;
            text = new ChoiceText(request.model().decoder(), request.maxTokens(), request.stops());
        }

        @Override
        public void started() {
            if (stream == null) {
                return;
            }
            try {
                ObjectNode canvas = responses.canvasStart(index, decodings.get(index));
                tell(() -> {
                    stream.data(responses.opening(index));
                    if (request.streaming().canvas()) {
                        stream.event("canvas", canvas);
                    }
                });
            } catch (RuntimeException e) {
                tell(() -> fail(e));
            }
        }

        @Override
        public boolean stepped(Decoding decoding, StepReport report) {
            String delta = stream != null || !request.stops().isEmpty() ? text.append(decoding) : "";
            if (stream != null) {
                tell(() -> {
                    if (request.streaming().canvas()) {
                        stream.event("canvas", responses.canvasStep(index, report));
                    }
                    delta(stream, index, delta);
                });
            }
            return !text.complete(decoding);
        }

        @Override
        public void ended(Decoding decoding, End end) {
            Runnable answer;
            try {
                answer = answer(decoding, end);
            } catch (RuntimeException | Error e) {
                answer = () -> fail(e);
            }
            tell(answer);
        }

        private Runnable answer(Decoding decoding, End end) {
            if (end instanceof End.Cancelled cancelled) {
                return () -> fail(cancelled(cancelled.reason()));
            }
            if (end instanceof End.Failed failed) {
                return () -> fail(failed.cause());
            }
            String rest = stream == null ? "" : text.finish(decoding);
            ChoiceResult result = new ChoiceResult(text.result(decoding), decoding.work());
            service.meters().answered(result.result().tokens(), result.work().forwards());
            return () -> Generation.this.ended(index, result, rest);
        }
    }
}
