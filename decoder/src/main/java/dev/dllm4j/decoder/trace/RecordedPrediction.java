package dev.dllm4j.decoder.trace;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.Ranking;
import dev.dllm4j.decoder.model.ModelSpec;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a forward said of one position, as the model gave it: before sampling, and before a strategy fused it.
 *
 * @param ids of the sixteen best tokens that may be proposed, best first, and of others that the strategy asked for
 * @param logits of those
 * @param probability of the best
 * @param secondProbability of the second best
 * @param entropy of the whole row, in nats
 * @param logSumExp of the whole row
 */
record RecordedPrediction(
        int position,
        List<Integer> ids,
        List<Float> logits,
        float probability,
        float secondProbability,
        float entropy,
        float logSumExp) {
    private static final int BEST = 16;
    /** The best, and those that a strategy asks for. */
    private static final int MOST_IDS = 1 << 16;

    RecordedPrediction {
        ids = List.copyOf(ids);
        logits = List.copyOf(logits);
        if (ids.size() < 2 || ids.size() > MOST_IDS || logits.size() != ids.size()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "has %d ids and %d logits at position %d; they are as many, 2 to %d",
                    ids.size(),
                    logits.size(),
                    position,
                    MOST_IDS));
        }
    }

    /** Reads a slot and its whole row, {@code [vocab]}. */
    static RecordedPrediction of(
            Predictions predictions, int slot, FloatBuffer row, Demand demand, ModelSpec spec, Ranking ranking) {
        Map<Integer, Float> logits = new LinkedHashMap<>();
        logits.put(predictions.token(slot), row.get(predictions.token(slot)));
        logits.put(predictions.secondToken(slot), row.get(predictions.secondToken(slot)));
        ranking.clear();
        for (int token = 0; token < spec.vocabulary(); token++) {
            if (token != spec.maskToken() && !logits.containsKey(token)) {
                ranking.add(token, row.get(token));
            }
        }
        ranking.sort();
        for (int rank = 0; rank < Math.min(BEST - 2, ranking.size()); rank++) {
            logits.put(ranking.id(rank), ranking.score(rank));
        }
        for (int index = 0; index < demand.candidatesPerPosition(); index++) {
            if (demand.candidate(slot, index) != Demand.NO_CANDIDATE) {
                logits.put(demand.candidate(slot, index), predictions.candidateLogit(slot, index));
            }
        }
        return new RecordedPrediction(
                predictions.position(slot),
                List.copyOf(logits.keySet()),
                List.copyOf(logits.values()),
                predictions.probability(slot),
                predictions.secondProbability(slot),
                predictions.entropy(slot),
                predictions.logSumExp(slot));
    }

    static RecordedPrediction read(JsonNode json) {
        return new RecordedPrediction(
                Fields.integer(json, "position"),
                Fields.integers(json, "ids"),
                Fields.numbers(json, "logits"),
                Fields.number(json, "probability"),
                Fields.number(json, "second_probability"),
                Fields.number(json, "entropy"),
                Fields.number(json, "logsumexp"));
    }

    void write(ObjectNode json) {
        json.put("position", position);
        ArrayNode idArray = json.putArray("ids");
        ids.forEach(idArray::add);
        ArrayNode logitArray = json.putArray("logits");
        logits.forEach(logitArray::add);
        json.put("probability", probability);
        json.put("second_probability", secondProbability);
        json.put("entropy", entropy);
        json.put("logsumexp", logSumExp);
    }

    void fill(Predictions predictions, int slot) {
        predictions.fill(slot, ids.get(0), probability, ids.get(1), secondProbability, entropy, logSumExp);
    }
}
