package dev.dllm4j.eval;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.Family;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A model that has learned its outputs by heart, and is sure of every letter. */
final class CribPredictor implements MaskPredictor {
    private static final int CONTEXT = 96;
    private static final int LAYERS = 3;

    private final Map<String, String> outputs;
    private final LetterTokenizer tokenizer = new LetterTokenizer();

    private CribPredictor(Map<String, String> outputs) {
        this.outputs = outputs;
    }

    /** @param outputs by question; any other question makes the forward fail */
    static Decoder decoder(Map<String, String> outputs) {
        return new Decoder(new CribPredictor(outputs), new LetterTokenizer(), Optional.empty(), "crib");
    }

    @Override
    public ModelSpec spec() {
        return Family.LLADA.spec(
                LetterTokenizer.VOCABULARY,
                8,
                LAYERS,
                1,
                1,
                8,
                8,
                CONTEXT,
                10_000,
                1e-5,
                LetterTokenizer.MASK,
                Set.of(LetterTokenizer.END),
                Set.of());
    }

    @Override
    public void predict(List<RowRequest> requests) {
        requests.forEach(this::predict);
    }

    @Override
    public void close() {}

    private void predict(RowRequest request) {
        int promptLength = request.canvas().promptLength();
        String question = tokenizer.decode(request.canvas().tokens(0, promptLength));
        String output = outputs.get(question);
        if (output == null) {
            throw new ModelException("nothing was learned about \"" + question + "\"");
        }
        Demand demand = request.demand();
        request.predictions().reset(demand, request.canvas().length());
        for (int slot = 0; slot < demand.positions().size(); slot++) {
            int letter = demand.positions().get(slot) - promptLength;
            int token = letter < output.length() ? output.charAt(letter) : LetterTokenizer.END;
            request.predictions().fill(slot, token, 1, LetterTokenizer.MASK, 0, 0, 0);
        }
    }
}
