package dev.dllm4j.decoder.unmask;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Part;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.StepView;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.spec.Spec;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The positions whose prediction a small network takes for final, and the most confident ones besides, as many as the
 * schedule plans (Learn2PD {@code generate_learn2parallel}). The network judges the confidences of the whole block,
 * those of committed positions too.
 *
 * <p>What the schedule plans is fixed at a block's start, however many the filter commits; the last step of a block
 * takes what is left.
 *
 * @param accept probability that an accepted position exceeds; 1 accepts none, below 0 all
 * @param ofModel whether it lies in the model's own folder, where it needs no path: clients of a server see its name
 * @see <a href="https://arxiv.org/abs/2509.25188">Learning to Parallel: Accelerating Diffusion Large Language
 *     Models via Learnable Parallel Decoding</a>
 */
public record LearnedFilter(FilterNetwork network, double accept, boolean ofModel) implements UnmaskingStrategy {
    /** The paper's for LLaDA, where neither the user nor the filter's file names one. */
    private static final double ACCEPT = 0.96;

    public LearnedFilter {
        if (!Double.isFinite(accept)) {
            throw new IllegalArgumentException("accept is " + accept + "; it must be a finite number, e.g. " + ACCEPT);
        }
    }

    /** One that is named by its file. */
    public LearnedFilter(FilterNetwork network, double accept) {
        this(network, accept, false);
    }

    /** Reads {@code filter(path=FILE,accept=0.96)}; without a path it is the filter of the model's folder. */
    static UnmaskingStrategy parse(Spec spec, FilterSource filters) {
        if (spec.text("path").isEmpty()) {
            boolean named = !spec.text("accept").isEmpty();
            return new ModelFilter(named ? OptionalDouble.of(spec.number("accept", ACCEPT)) : OptionalDouble.empty());
        }
        LearnedFilter filter = filters.filter(spec.text("path"));
        return new LearnedFilter(filter.network, spec.number("accept", filter.accept));
    }

    /** A filter from its file, with the threshold the file recommends. */
    static LearnedFilter read(Path file) {
        try {
            FilterNetwork network = FilterNetwork.read(file);
            return new LearnedFilter(network, network.threshold().orElse(ACCEPT));
        } catch (ModelException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    @Override
    public Optional<String> doubt(ModelOrigin model) {
        return network.modelHash()
                .filter(trainedOn -> !trainedOn.equals(model.hash()))
                .map(trainedOn -> (ofModel ? network.file().getFileName() : network.file()) + " was trained on model "
                        + trainedOn + "; this one is " + model.hash());
    }

    @Override
    public Selector start(Plan plan) {
        if (plan.longestPart() > network.width()) {
            throw new IllegalArgumentException("the window opens parts of " + plan.longestPart()
                    + " positions; the filter judges " + network.width() + " at most, so use window blocks("
                    + network.width() + ")");
        }
        return new Accepting(network, accept, new Quota(plan));
    }

    @Override
    public String toString() {
        return ofModel ? "filter(accept=" + accept + ")" : "filter(path=" + network.file() + ",accept=" + accept + ")";
    }

    private static final class Accepting implements Selector {
        private final OpenRanking ranking = new OpenRanking();
        private final FilterNetwork network;
        private final double accept;
        private final Quota quota;
        private final BitSet accepted = new BitSet();

        Accepting(FilterNetwork network, double accept, Quota quota) {
            this.network = network;
            this.accept = accept;
            this.quota = quota;
        }

        @Override
        public void demand(Canvas canvas, Part part, Positions open, Demand demand) {
            demand.positions().addRange(part.start(), part.end());
        }

        @Override
        public void select(StepView view, Positions chosen) {
            ranking.rank(view, view.predictions()::confidence);
            double[] probabilities = network.probabilities(confidences(view));
            int planned = quota.planned(view);
            accepted.clear();
            for (int rank = 0; rank < ranking.size(); rank++) {
                int position = ranking.position(rank);
                if (probabilities[position - view.part().start()] > accept) {
                    accepted.set(position);
                }
                if (rank < planned || accepted.get(position)) {
                    chosen.add(position);
                }
            }
        }

        @Override
        public boolean accepted(int position) {
            return accepted.get(position);
        }

        /** Of every position of the block; 0 where the forward does not predict it. */
        private static double[] confidences(StepView view) {
            Part part = view.part();
            Predictions predictions = view.predictions();
            double[] confidences = new double[part.end() - part.start()];
            for (int i = 0; i < confidences.length; i++) {
                int slot = predictions.slotOf(part.start() + i);
                confidences[i] = predictions.present(slot) ? predictions.confidence(slot) : 0;
            }
            return confidences;
        }
    }
}
