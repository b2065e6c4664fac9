package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.ReferenceMask;
import dev.dllm4j.decoder.testing.ReferenceModel;
import dev.dllm4j.decoder.testing.ReferenceRow;
import dev.dllm4j.decoder.testing.ReferenceTransformer.Kept;
import dev.dllm4j.decoder.testing.WholeRows;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;

/** A canvas with some tokens committed, and the two models that look at it. */
final class ReferenceScene {
    /** Largest difference of float32 logits from double ones, which reach 100 in size, and of what follows from them. */
    private static final double TOLERANCE = 1e-4;

    private final ReferenceModel pair;
    private final Random random;
    private final Canvas canvas;

    /** Keys and values kept by the engine and by the reference. */
    record Both(SequenceRows rows, Kept kept) {}

    ReferenceScene(ReferenceModel pair, Random random) {
        this(pair, random, 1 + random.nextInt(6), 6 + random.nextInt(8));
    }

    ReferenceScene(ReferenceModel pair, Random random, int promptLength, int genLength) {
        this.pair = pair;
        this.random = random;
        int[] prompt = random.ints(promptLength, 0, pair.shape().vocabulary()).toArray();
        canvas = new Canvas(prompt, genLength, pair.shape().maskToken());
        commitSome();
    }

    int length() {
        return canvas.length();
    }

    /** Some positions of the generation area lie before it, four or more from it on. */
    int blockStart() {
        return canvas.promptLength() + 2;
    }

    /** Commits every third mask or so. */
    void commitSome() {
        for (int position = 0; position < canvas.length(); position++) {
            if (canvas.masked(position) && random.nextInt(3) == 0) {
                canvas.apply(new Commit(position, random.nextInt(pair.shape().maskToken()), 1));
            }
        }
    }

    /** Keeps every row of a full forward. */
    Both keepAll() {
        SequenceRows rows = new SequenceRows(
                pair.shape().layers(), length(), pair.model().spec().kvWidth());
        Both kept = new Both(rows, pair.reference().keepNothing(length()));
        assertForward(wholeCanvas(), 0, kept);
        return kept;
    }

    /** Demands every position, whole rows and some candidates, and compares all there is to compare. */
    void assertForward(Positions rows, double guidance, @Nullable Both kept) {
        Demand demand = new Demand(length());
        demand.positions().addAll(wholeCanvas());
        demand.candidates(
                3, random.ints(3L * length(), 0, pair.shape().vocabulary()).toArray());
        WholeRows whole = new WholeRows();
        demand.fullRows(whole);
        Predictions predictions = new Predictions();
        pair.model()
                .predict(List.of(new RowRequest(
                        canvas,
                        rows,
                        demand,
                        predictions,
                        new Guidance(guidance),
                        kept == null ? null : kept.rows(),
                        () -> false)));
        double[][] expected = expected(rows, guidance, kept);
        for (int position = 0; position < length(); position++) {
            int slot = predictions.slotOf(position);
            int row = predictor(position, rows);
            assertThat(predictions.present(slot))
                    .as("whether position %d of rows %s is predicted", position, rows)
                    .isEqualTo(row >= 0);
            if (row >= 0) {
                assertSlot(predictions, whole, slot, demand, guidance, expected[row]);
            }
        }
    }

    private Positions wholeCanvas() {
        Positions positions = new Positions(length());
        positions.addRange(0, length());
        return positions;
    }

    private double[][] expected(Positions rows, double guidance, @Nullable Both kept) {
        int[] tokens = canvas.tokens(0, length());
        ReferenceMask mask = pair.mask(canvas.promptLength());
        if (guidance != 0) {
            return pair.reference().guidedLogits(tokens, canvas.promptLength(), guidance, mask);
        }
        Kept references = kept == null ? pair.reference().keepNothing(length()) : kept.kept();
        return pair.reference().logits(tokens, rows.stream().toArray(), references, mask);
    }

    /** Dream's row p predicts position p + 1; the first row that is computed predicts its own as well. */
    private int predictor(int position, Positions rows) {
        boolean shifted = pair.shape().family() == Family.DREAM;
        int wanted = shifted && position > 0 ? position - 1 : position;
        return IntStream.range(0, rows.size())
                .filter(row -> rows.get(row) == wanted)
                .findFirst()
                .orElse(shifted && rows.get(0) == position ? 0 : -1);
    }

    private void assertSlot(
            Predictions predictions, WholeRows whole, int slot, Demand demand, double guidance, double[] logits) {
        int position = predictions.position(slot);
        double difference = 0;
        for (int id = 0; id < logits.length; id++) {
            difference = Math.max(difference, Math.abs(whole.logit(slot, id) - logits[id]));
        }
        assertThat(difference)
                .as("largest difference of a logit at position %d", position)
                .isLessThanOrEqualTo(within(guidance).value);
        for (int index = 0; index < demand.candidatesPerPosition(); index++) {
            assertThat((double) predictions.candidateLogit(slot, index))
                    .as("logit of candidate %d at position %d", index, position)
                    .isCloseTo(logits[demand.candidate(slot, index)], within(guidance));
        }
        ReferenceRow row = ReferenceRow.of(logits, pair.shape().maskToken());
        int token = predictions.token(slot);
        int second = predictions.secondToken(slot);
        assertThat(List.of(token, second)).doesNotContain(pair.shape().maskToken());
        assertThat(token).isNotEqualTo(second);
        // Not the ids themselves: two tokens may be as good as equal.
        assertThat(logits[token]).as("the best logit").isCloseTo(logits[row.token()], within(guidance));
        assertThat(logits[second]).as("the second-best logit").isCloseTo(logits[row.second()], within(guidance));
        assertThat((double) predictions.confidence(slot)).isCloseTo(row.probability(), within(guidance));
        assertThat((double) predictions.secondProbability(slot)).isCloseTo(row.secondProbability(), within(guidance));
        assertThat((double) predictions.entropy(slot)).isCloseTo(row.entropy(), within(guidance));
        assertThat((double) predictions.logSumExp(slot)).isCloseTo(row.logSumExp(), within(guidance));
    }

    /** Guidance multiplies a difference as it multiplies the logits'. */
    private static Offset<Double> within(double guidance) {
        return Offset.offset((1 + guidance) * TOLERANCE);
    }
}
