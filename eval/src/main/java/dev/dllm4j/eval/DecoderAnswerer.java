package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A model of this process: steps a number of questions in one forward, and takes the next one in as one is done. */
public final class DecoderAnswerer implements Answerer {
    private static final List<String> UNKNOWN = List.of("<|unk|>", "<unk>", "[UNK]");

    private final Decoder decoder;
    private final DecodingConfig config;
    private final ObjectNode settings;
    private final boolean chatTemplate;
    private final int batch;
    private final OptionalInt unknown;

    /**
     * @param settings the values a configuration comes to, as results report them
     * @param batch questions a forward, at most
     */
    public DecoderAnswerer(
            Decoder decoder,
            DecodingConfig config,
            Function<DecodingConfig, ObjectNode> settings,
            boolean chatTemplate,
            int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch is " + batch + "; it must be at least 1");
        }
        this.decoder = decoder;
        this.config = decoder.effective(config);
        this.settings = settings.apply(this.config);
        this.chatTemplate = chatTemplate;
        this.batch = batch;
        this.unknown = UNKNOWN.stream()
                .map(decoder.tokenizer()::id)
                .flatMap(id -> id.isPresent() ? Stream.of(id) : Stream.empty())
                .findFirst()
                .orElse(OptionalInt.empty());
    }

    @Override
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("settings", settings);
        json.put("model_sha256", decoder.modelHash());
        json.put("batch", batch);
        return json;
    }

    @Override
    public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
        StepScheduler scheduler = new StepScheduler(decoder.model());
        List<Running> running = new ArrayList<>();
        Iterator<Exam.Asked> waiting = questions.iterator();
        try {
            while (waiting.hasNext() || !running.isEmpty()) {
                while (waiting.hasNext() && running.size() < batch) {
                    start(waiting.next(), scheduler, running, lines);
                }
                for (Outcome outcome : scheduler.step()) {
                    if (outcome instanceof Outcome.Failed failed) {
                        throw failed.cause();
                    }
                }
                for (Running done : running.stream().filter(Running::done).toList()) {
                    running.remove(done);
                    lines.accept(line(done));
                }
            }
        } finally {
            running.forEach(run -> run.decoding.close());
        }
    }

    private void start(Exam.Asked asked, StepScheduler scheduler, List<Running> running, Consumer<ObjectNode> lines) {
        int[] prompt = prompt(asked.text());
        if ((long) prompt.length + config.genLength() > decoder.spec().context()) {
            lines.accept(Item.outOfContext(asked.question()));
            return;
        }
        Decoding decoding = decoder.start(prompt, config);
        running.add(new Running(asked, decoding));
        scheduler.join(decoding);
    }

    private ObjectNode line(Running done) {
        Answer answer = decoder.answer(done.decoding);
        int unknownTokens = (int)
                IntStream.of(prompt(done.asked.text())).filter(this::isUnknown).count();
        return Item.answered(
                done.asked.task(), done.asked.question(), answer.text(), unknownTokens, AnswerJson.usage(answer));
    }

    private boolean isUnknown(int token) {
        return unknown.isPresent() && unknown.getAsInt() == token;
    }

    private int[] prompt(String text) {
        return chatTemplate ? decoder.prompt(text) : decoder.tokenizer().encode(text);
    }

    private record Running(Exam.Asked asked, Decoding decoding) {
        boolean done() {
            return decoding.done();
        }
    }
}
