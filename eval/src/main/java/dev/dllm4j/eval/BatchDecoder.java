package dev.dllm4j.eval;

import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
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
     * Decodes everything; answers come on the calling thread, as they are done.
     *
     * @param text of a prompt
     * @param done is told the answer; empty where prompt and gen length exceed the model's context
     */
    public <T> void decode(
            Iterator<? extends T> prompts, Function<? super T, String> text, BiConsumer<T, Optional<Answer>> done) {
        StepScheduler scheduler = new StepScheduler(decoder.model());
        List<Running<T>> running = new ArrayList<>();
        try {
            while (prompts.hasNext() || !running.isEmpty()) {
                while (prompts.hasNext() && running.size() < batch) {
                    T prompt = prompts.next();
                    int[] tokens = tokens(text.apply(prompt));
                    if ((long) tokens.length + config.genLength()
                            > decoder.spec().context()) {
                        done.accept(prompt, Optional.empty());
                    } else {
                        Decoding decoding = decoder.start(tokens, config);
                        running.add(new Running<>(prompt, decoding));
                        scheduler.join(decoding);
                    }
                }
                for (Outcome outcome : scheduler.step()) {
                    if (outcome instanceof Outcome.Failed failed) {
                        throw failed.cause();
                    }
                }
                for (Running<T> finished :
                        running.stream().filter(Running::done).toList()) {
                    running.remove(finished);
                    done.accept(finished.prompt, Optional.of(decoder.answer(finished.decoding)));
                }
            }
        } finally {
            running.forEach(left -> left.decoding.close());
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
