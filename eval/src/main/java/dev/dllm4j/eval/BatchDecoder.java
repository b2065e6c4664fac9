package dev.dllm4j.eval;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Decodes any number of prompts, some of them in each forward, and takes the next one in as one is done.
 *
 * @param chatTemplate whether texts go through the model's chat template, as one message of the user's
 * @param batch prompts a forward, at most
 */
public record BatchDecoder(Decoder decoder, DecodingConfig config, boolean chatTemplate, int batch) {
    public BatchDecoder {
        if (batch < 1) {
            throw new IllegalArgumentException("batch is " + batch + "; it must be at least 1");
        }
    }

    /**
     * Decodes everything; what became of each comes on the calling thread, as it is known.
     *
     * @param text of a prompt
     * @param done is told; what it throws ends the decoding of all
     */
    public <T> void decode(
            Iterator<? extends T> prompts, Function<? super T, String> text, BiConsumer<T, Decoded> done) {
        StepScheduler scheduler = new StepScheduler(decoder.model());
        List<Running<T>> running = new ArrayList<>();
        try {
            while (prompts.hasNext() || !running.isEmpty()) {
                while (prompts.hasNext() && running.size() < batch) {
                    T prompt = prompts.next();
                    begin(text.apply(prompt), decoding -> {
                                running.add(new Running<>(prompt, decoding));
                                scheduler.join(decoding);
                            })
                            .ifPresent(end -> done.accept(prompt, end));
                }
                for (Outcome outcome : scheduler.step()) {
                    if (outcome instanceof Outcome.Failed failed) {
                        end(running, failed.decoding(), new Decoded.Failed(failed.cause()), done);
                    }
                }
                for (Running<T> finished :
                        running.stream().filter(Running::done).toList()) {
                    end(running, finished.decoding, new Decoded.Answered(decoder.answer(finished.decoding)), done);
                }
            }
        } finally {
            running.forEach(left -> left.decoding.close());
        }
    }

    /** Starts a decoding; what became of the prompt where there is none. */
    private Optional<Decoded> begin(String text, Consumer<Decoding> begun) {
        try {
            int[] tokens = tokens(text);
            if ((long) tokens.length + config.genLength() > decoder.spec().context()) {
                return Optional.of(new Decoded.OutOfContext());
            }
            begun.accept(decoder.start(tokens, config));
            return Optional.empty();
        } catch (IllegalArgumentException | ModelException e) {
            return Optional.of(new Decoded.Failed(e));
        }
    }

    private static <T> void end(List<Running<T>> running, Decoding decoding, Decoded end, BiConsumer<T, Decoded> done) {
        for (Running<T> one : List.copyOf(running)) {
            if (one.decoding == decoding) {
                running.remove(one);
                done.accept(one.prompt, end);
            }
        }
    }

    /** The ids of a prompt's text. */
    int[] tokens(String text) {
        return chatTemplate ? decoder.prompt(text) : decoder.tokenizer().encode(text);
    }

    private record Running<T>(T prompt, Decoding decoding) {
        boolean done() {
            return decoding.done();
        }
    }
}
