package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** A model of this process under one configuration. */
public final class DecoderAnswerer implements Answerer {
    private final BatchDecoder batches;
    private final ObjectNode settings;

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
        this.batches = new BatchDecoder(decoder, decoder.effective(config), chatTemplate, batch);
        this.settings = settings.apply(batches.config());
    }

    @Override
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("settings", settings);
        json.put("model_sha256", batches.decoder().modelHash());
        json.put("batch", batches.batch());
        return json;
    }

    @Override
    public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
        batches.decode(questions.iterator(), Exam.Asked::text, (asked, decoded) -> lines.accept(line(asked, decoded)));
    }

    private ObjectNode line(Exam.Asked asked, Decoded decoded) {
        if (decoded instanceof Decoded.Answered answered) {
            return line(asked, answered.answer());
        }
        return decoded instanceof Decoded.Failed failed
                ? Item.failed(asked.question(), reason(failed.cause()))
                : Item.outOfContext(asked.question(), Optional.empty());
    }

    private static String reason(RuntimeException cause) {
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    private ObjectNode line(Exam.Asked asked, Answer answer) {
        int unknownTokens = batches.decoder().unknownWords().count(batches.tokens(asked.text()));
        return Item.answered(asked.task(), asked.question(), answer.text(), unknownTokens, AnswerJson.usage(answer));
    }
}
