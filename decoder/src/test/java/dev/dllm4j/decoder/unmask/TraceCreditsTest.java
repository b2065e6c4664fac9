package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Noise;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.unmask.TraceCredits.Adaptive;
import dev.dllm4j.decoder.unmask.TraceCredits.Fixed;
import dev.dllm4j.decoder.unmask.TraceCredits.Rates;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TraceCreditsTest {
    private static final double[] CONSTANT = {1, 0.5, 0};
    private static final Fixed PAPER = (Fixed) Rates.PAPER;
    private static final Fixed RELEASED = (Fixed) Rates.RELEASED;

    @Test
    void thePapersRatesOnConstantLogits() {
        assertSteps(PAPER, 0.872796, 0.606770, 1.483752, 0.649598, 1.911422, 0.672726, 2.210791, 0.686576);
    }

    @Test
    void theReleasedRatesOnConstantLogits() {
        assertSteps(RELEASED, 0.872796, 0.614229, 1.571032, 0.665285, 2.129621, 0.695204, 2.576492, 0.714633);
    }

    @Test
    void creditTendsToWhatIsEarnedOverWhatIsLost() {
        CreditRow paper = new CreditRow();
        CreditRow released = new CreditRow();
        for (int step = 0; step < 200; step++) {
            step(paper, PAPER, CONSTANT);
            step(released, RELEASED, CONSTANT);
        }

        assertThat(paper.credit(0)).isCloseTo(2.909319, within(1e-6));
        assertThat(released.credit(0)).isCloseTo(4.363978, within(1e-6));
    }

    @Test
    void anotherTokenWinsAfterAWhileAndTheOldCreditDecays() {
        CreditRow row = new CreditRow();
        step(row, PAPER, 2, 1, 0);
        step(row, PAPER, 2, 1, 0);
        step(row, PAPER, 1, 1.2, 0);

        assertThat(row.size()).isEqualTo(2);
        assertThat(row.credit(0)).isCloseTo(1.096839, within(1e-6));
        assertThat(row.credit(1)).isCloseTo(0.860470, within(1e-6));
        assertThat(row.best()).isEqualTo(1);
        assertThat(row.confidence()).isCloseTo(0.479363, within(1e-6));
        double[] dense = new double[3];
        denseStep(dense, PAPER, new double[] {2, 1, 0});
        denseStep(dense, PAPER, new double[] {2, 1, 0});
        assertThat(denseStep(dense, PAPER, new double[] {1, 1.2, 0}))
                .containsExactly(new double[] {0.424197, 0.479363, 0.096440}, within(1e-6));
    }

    @Test
    void withoutMemoryOnlyWhatIsBestNowIsRaised() {
        Fixed forgetful = new Fixed(0.65, 0, 0.2);
        double[] logits = {Math.log(0.9), Math.log(0.1)};
        assertThat(confidences(forgetful, logits, 4))
                .containsExactly(new double[] {0.933451, 0.933451, 0.933451, 0.933451}, within(1e-6));

        CreditRow row = new CreditRow();
        step(row, forgetful, 2, 1, 0);
        step(row, forgetful, 1, 1.2, 0);
        CreditRow fresh = new CreditRow();
        step(fresh, forgetful, 1, 1.2, 0);
        assertThat(row.credit(0)).isZero();
        assertThat(row.best()).isEqualTo(1);
        assertThat(row.confidence()).isCloseTo(fresh.confidence(), within(1e-12));
    }

    @Test
    void aSteadyTokenReachesAThresholdItsProbabilityNeverDoes() {
        double[] logits = {Math.log(0.9), Math.log(0.1)};
        assertThat(confidences(PAPER, logits, 4))
                .containsExactly(new double[] {0.933451, 0.944499, 0.949878, 0.952927}, within(1e-6));
        assertThat(confidences(RELEASED, logits, 3))
                .containsExactly(new double[] {0.935541, 0.948266, 0.954853}, within(1e-6));

        assertThat(firstCommit(Rates.PAPER, 0.95, 0.9)).isEqualTo(4);
        assertThat(firstCommit(Rates.RELEASED, 0.95, 0.9)).isEqualTo(3);
        assertThat(new ScriptedRun(new ConfidenceThreshold(0.95), new WholeCanvas(), 8, 8, ScriptedRun.always(0.9))
                        .counts())
                .containsOnly(1)
                .hasSize(8);
    }

    @Test
    void theProbabilityThatIsEnoughAtOnceAndInTheLongRun() {
        assertEnough(PAPER, 1, 0.95, 0.92407);
        assertEnough(PAPER, 1, 0.9, 0.85283);
        assertEnough(PAPER, 300, 0.95, 0.88121);
        assertEnough(PAPER, 300, 0.9, 0.78053);
        assertEnough(RELEASED, 1, 0.95, 0.92165);
        assertEnough(RELEASED, 1, 0.9, 0.84857);
        assertEnough(RELEASED, 300, 0.95, 0.84678);
        assertEnough(RELEASED, 300, 0.9, 0.72710);
    }

    @Test
    void theAdaptiveRatesFollowTheMaskedShare() {
        CreditRow row = new CreditRow();
        double[] credits = {0.506480, 0.759721, 1.076271};
        double[] confidences = {0.506480, 0.576519, 0.639652};
        double[] masked = {1, 0.5, 0.25};
        for (int step = 0; step < 3; step++) {
            step(row, new Fixed(1 - masked[step], 1 - masked[step], 1), CONSTANT);
            assertThat(row.credit(0)).isCloseTo(credits[step], within(1e-6));
            assertThat(row.confidence()).isCloseTo(confidences[step], within(1e-6));
        }
    }

    @Test
    void theSparseFormIsTheDenseOne() {
        Cases.check(200, seed -> {
            Random random = new Random(seed);
            Fixed rates = new Fixed(2 * random.nextDouble(), random.nextDouble(), random.nextDouble());
            double[] dense = new double[40];
            CreditRow row = new CreditRow();
            for (int step = 0; step < 20; step++) {
                double[] logits = random.doubles(40, -2, 2).toArray();
                double[] fused = denseStep(dense, rates, logits);
                step(row, rates, logits);
                int best = best(fused);

                assertThat(row.best()).isEqualTo(best);
                assertThat(row.confidence()).isCloseTo(fused[best], within(1e-12));
                assertThat(row.entropy()).isCloseTo(entropy(fused), within(1e-12));
                assertThat(row.ownProbability()).isCloseTo(softmax(logits)[best], within(1e-12));
            }
        });
    }

    @Test
    void ofTokensThatTieTheLowestWins() {
        CreditRow row = new CreditRow();
        row.earn(7, 1, Math.log(0.25));
        row.earn(3, 1, Math.log(0.25));
        row.fuse(0.5, 1);

        assertThat(row.best()).isEqualTo(3);
    }

    /** Of a part of eight positions, all, half and a quarter are masks at the three steps. */
    @Test
    void theAdaptiveRatesAreTakenFromThePartsMasks() {
        UnmaskingStrategy.Selector selector =
                new TraceCredits(new Adaptive(), new ConfidenceThreshold(2)).start(new Plan(16, 2, 16));
        Canvas canvas = new Canvas(new int[0], 16, 99);
        double[] confidences = {0.506480, 0.576519, 0.639652};
        int[] masks = {8, 4, 2};
        for (int step = 0; step < 3; step++) {
            for (int position = masks[step]; position < 8; position++) {
                if (canvas.masked(position)) {
                    canvas.apply(new Commit(position, 1, 1));
                }
            }
            Positions open = new Positions(8);
            canvas.addMasks(0, 8, 8, open);
            Demand demand = new Demand(8);
            selector.demand(canvas, new Part(0, 0, 8), open, demand);
            Predictions predictions = new Predictions();
            predictions.reset(demand, 16);
            for (int slot = 0; slot < open.size(); slot++) {
                fill(predictions, demand, slot, slot == 0 ? CONSTANT : new double[] {0, 1, 9});
            }
            selector.select(
                    new StepView(canvas, new Part(0, 0, 8), open, predictions, step, new Noise(0)), new Positions(1));

            assertThat(predictions.confidence(0)).isCloseTo((float) confidences[step], within(1e-6f));
        }
    }

    /** The whole way: candidates are demanded, fused tokens are proposed, the model's probability is kept. */
    @Test
    void theSelectorDemandsTheTokensThatHaveCreditAndProposesTheFusedBest() {
        UnmaskingStrategy.Selector selector =
                new TraceCredits(Rates.PAPER, new ConfidenceThreshold(2)).start(new Plan(2, 1, 2));
        double[][] logits = {{2, 1, 0}, {2, 1, 0}, {1, 1.2, 0}};
        Demand demand = new Demand(2);
        Predictions predictions = new Predictions();
        for (int step = 0; step < 3; step++) {
            demand.clear();
            selector.demand(new Canvas(new int[0], 2, 99), new Part(0, 0, 2), Positions.of(0, 1), demand);
            assertThat(demand.candidatesPerPosition()).isEqualTo(step == 0 ? 0 : 1);
            predictions.reset(demand, 2);
            fill(predictions, demand, 0, logits[step]);
            fill(predictions, demand, 1, 0, 1, 9);
            // The first position never is the surest, so that only the second one is chosen; it is not committed here.
            selector.select(view(predictions), new Positions(1));
        }

        assertThat(predictions.token(0)).isEqualTo(1);
        assertThat(predictions.confidence(0)).isCloseTo(0.479363f, within(1e-6f));
        assertThat(predictions.probability(0)).isCloseTo((float) softmax(logits[2])[1], within(1e-6f));
        // The chosen position's credit was dropped at every step: its confidence is that of a first step.
        assertThat(predictions.confidence(1))
                .isCloseTo((float) confidences(PAPER, new double[] {0, 1, 9}, 1)[0], within(1e-6f));
    }

    @Test
    void everyPartStartsWithoutCredit() {
        // One token a forward; unsure positions gather credit, so that a later one commits together with the surest.
        ScriptedRun run = new ScriptedRun(
                new TraceCredits(Rates.PAPER, new ConfidenceThreshold(0.95)),
                new Blocks(6),
                12,
                12,
                ScriptedRun.always(0.9));

        assertThat(run.counts()).containsExactly(1, 1, 1, 3, 1, 1, 1, 3);
    }

    @Test
    void withoutWeightItIsTheRuleAlone() {
        Cases.check(50, seed -> {
            Noise noise = new Noise(seed);
            ScriptedRun.Confidences script = (step, position) -> (float) noise.uniform(step, position, 0);
            UnmaskingStrategy rule = new ConfidenceThreshold(0.7);

            assertThat(new ScriptedRun(new TraceCredits(new Fixed(0, 0.7, 0.2), rule), new Blocks(8), 24, 1, script)
                            .finish())
                    .isEqualTo(new ScriptedRun(rule, new Blocks(8), 24, 1, script).finish());
        });
    }

    @Test
    void theAdaptiveVariantBeginsWithoutAnyWeight() {
        ScriptedRun run = new ScriptedRun(
                new TraceCredits(new Adaptive(), new ConfidenceThreshold(0.95)),
                new WholeCanvas(),
                8,
                8,
                ScriptedRun.always(0.9));

        assertThat(run.step()).hasSize(1);
        assertThat(run.finish()).hasSizeLessThan(7);
    }

    private static void assertSteps(Fixed rates, double... creditsAndConfidences) {
        CreditRow row = new CreditRow();
        for (int step = 0; step < creditsAndConfidences.length / 2; step++) {
            step(row, rates, CONSTANT);
            assertThat(row.best()).isZero();
            assertThat(row.credit(0)).isCloseTo(creditsAndConfidences[2 * step], within(1e-6));
            assertThat(row.confidence()).isCloseTo(creditsAndConfidences[2 * step + 1], within(1e-6));
        }
    }

    private static void assertEnough(Fixed rates, int steps, double threshold, double probability) {
        assertThat(last(rates, steps, probability + 1e-5)).isGreaterThan(threshold);
        assertThat(last(rates, steps, probability - 1e-5)).isLessThan(threshold);
    }

    private static double last(Fixed rates, int steps, double probability) {
        return confidences(rates, new double[] {Math.log(probability), Math.log(1 - probability)}, steps)[steps - 1];
    }

    private static double[] confidences(Fixed rates, double[] logits, int steps) {
        CreditRow row = new CreditRow();
        return IntStream.range(0, steps)
                .mapToDouble(step -> {
                    step(row, rates, logits);
                    return row.confidence();
                })
                .toArray();
    }

    /** The step, from 1, at which a position of this steady probability commits besides the surest. */
    private static int firstCommit(Rates rates, double threshold, double probability) {
        ScriptedRun run = new ScriptedRun(
                new TraceCredits(rates, new ConfidenceThreshold(threshold)),
                new WholeCanvas(),
                8,
                8,
                ScriptedRun.always(probability));
        List<Integer> counts = run.counts();
        return counts.indexOf(counts.stream().max(Integer::compare).orElseThrow()) + 1;
    }

    private static void step(CreditRow row, Fixed rates, double... logits) {
        double[] probabilities = softmax(logits);
        int best = best(probabilities);
        row.decay(rates.beta());
        for (int index = 0; index < row.size(); index++) {
            row.see(index, Math.log(probabilities[row.token(index)]));
        }
        row.earn(best, Math.pow(probabilities[best], rates.gamma()), Math.log(probabilities[best]));
        row.fuse(rates.alpha(), entropy(probabilities));
    }

    /** The papers' form, with a credit for each token of the vocabulary. */
    private static double[] denseStep(double[] credits, Fixed rates, double[] logits) {
        double[] probabilities = softmax(logits);
        int best = best(probabilities);
        double[] fused = new double[logits.length];
        for (int token = 0; token < logits.length; token++) {
            credits[token] *= rates.beta();
            credits[token] += token == best ? Math.pow(probabilities[best], rates.gamma()) : 0;
            fused[token] = logits[token] + rates.alpha() * Math.log(1 + credits[token]);
        }
        return softmax(fused);
    }

    private static void fill(Predictions predictions, Demand demand, int slot, double... logits) {
        double[] probabilities = softmax(logits);
        int best = best(probabilities);
        double logSum = logits[best] - Math.log(probabilities[best]);
        predictions.fill(slot, best, (float) probabilities[best], 0, 0, (float) entropy(probabilities), (float) logSum);
        for (int index = 0; index < demand.candidatesPerPosition(); index++) {
            int token = demand.candidate(slot, index);
            predictions.fillCandidate(slot, index, token == Demand.NO_CANDIDATE ? Float.NaN : (float) logits[token]);
        }
    }

    private static StepView view(Predictions predictions) {
        return new StepView(
                new Canvas(new int[0], 2, 99), new Part(0, 0, 2), Positions.of(0, 1), predictions, 0, new Noise(0));
    }

    private static double[] softmax(double... logits) {
        double sum = DoubleStream.of(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(logit -> Math.exp(logit) / sum).toArray();
    }

    private static int best(double[] probabilities) {
        return IntStream.range(0, probabilities.length)
                .reduce((one, other) -> probabilities[other] > probabilities[one] ? other : one)
                .orElseThrow();
    }

    private static double entropy(double[] probabilities) {
        return -DoubleStream.of(probabilities).map(p -> p * Math.log(p)).sum();
    }
}
