package dev.dllm4j.decoder.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The loops of the originals' samplers, written down plainly over logits in double precision. */
public final class ReferenceSamplers {
    private ReferenceSamplers() {}

    /** Logits of every row of a canvas, {@code [canvas][vocabulary]}. */
    public interface Model {
        double[][] logits(int[] canvas);
    }

    /** A mask that became a token. */
    public record Choice(int position, int token) {}

    /**
     * What a sampler did.
     *
     * @param steps what each forward committed, by position
     * @param smallestGap smallest difference of two probabilities, or of one and the threshold, that a choice hung on
     */
    public record Run(List<List<Choice>> steps, double smallestGap) {}

    /** LLaDA: blocks from left to right, in each as many of the most confident tokens a step as are planned. */
    public static Run lladaSchedule(Model model, Frame frame) {
        Progress progress = new Progress(model, frame);
        int[] planned = new int[frame.steps() / frame.blocks()];
        for (int token = 0; token < frame.blockLength(); token++) {
            planned[token % planned.length]++;
        }
        for (int block = 0; block < frame.blocks(); block++) {
            for (int count : planned) {
                progress.forward(block);
                progress.commit(count);
            }
        }
        return progress.run();
    }

    /** Fast-dLLM: in each block the most confident token a step, and every other that reaches the threshold. */
    public static Run fastDllmThreshold(Model model, Frame frame, double threshold) {
        Progress progress = new Progress(model, frame);
        for (int block = 0; block < frame.blocks(); block++) {
            while (progress.masksLeft(block)) {
                progress.forward(block);
                progress.commit(progress.firstAndReaching(threshold, Integer.MAX_VALUE));
            }
        }
        return progress.run();
    }

    /**
     * Dream: a quota a step, of which the most confident token and those that reach the threshold are committed; the
     * others add to the next step's. Steps without a quota follow until none is left over.
     */
    public static Run dreamThreshold(Model model, Frame frame, double threshold) {
        Progress progress = new Progress(model, frame);
        int quota = frame.blockLength() / frame.steps();
        int leftOver = 0;
        for (int step = 0; step < frame.steps() || leftOver > 0; step++) {
            int considered = leftOver + (step < frame.steps() ? quota : 0);
            progress.forward(0);
            int count = progress.firstAndReaching(threshold, considered);
            progress.commit(count);
            leftOver = considered - count;
        }
        return progress.run();
    }

    /**
     * What is decoded, and in which frame.
     *
     * @param shifted whether row p predicts position p + 1
     * @param steps of all blocks together
     */
    public record Frame(List<Integer> prompt, int blocks, int blockLength, int steps, int maskToken, boolean shifted) {}

    /** A canvas that fills; holds the last forward's best token of every masked position of a block, best first. */
    private static final class Progress {
        private final Model model;
        private final Frame frame;
        private final int[] canvas;
        private final List<List<Choice>> steps = new ArrayList<>();
        private double smallestGap = Double.POSITIVE_INFINITY;
        private List<Candidate> candidates = List.of();

        private record Candidate(int position, ReferenceRow row) {}

        Progress(Model model, Frame frame) {
            this.model = model;
            this.frame = frame;
            int promptLength = frame.prompt().size();
            canvas = new int[promptLength + frame.blocks() * frame.blockLength()];
            Arrays.fill(canvas, frame.maskToken());
            Arrays.setAll(canvas, i -> i < promptLength ? frame.prompt().get(i) : canvas[i]);
        }

        boolean masksLeft(int block) {
            return masks(block).length > 0;
        }

        void forward(int block) {
            double[][] logits = model.logits(canvas.clone());
            candidates = IntStream.of(masks(block))
                    .mapToObj(position ->
                            new Candidate(position, ReferenceRow.of(logits[predictor(position)], frame.maskToken())))
                    .sorted(Comparator.comparingDouble(
                            (Candidate candidate) -> -candidate.row().probability()))
                    .toList();
        }

        /** How many of the first {@code considered} come before one below the threshold, at least one. */
        int firstAndReaching(double threshold, int considered) {
            int count = 1;
            for (int rank = 1; rank < Math.min(considered, candidates.size()); rank++) {
                double probability = candidates.get(rank).row().probability();
                hangsOn(Math.abs(probability - threshold));
                count += probability >= threshold ? 1 : 0;
            }
            return count;
        }

        /** Commits the most confident ones. */
        void commit(int count) {
            List<Choice> choices = new ArrayList<>();
            for (Candidate candidate : candidates.subList(0, count)) {
                canvas[candidate.position()] = candidate.row().token();
                choices.add(new Choice(candidate.position(), candidate.row().token()));
                hangsOn(candidate.row().margin());
            }
            if (count < candidates.size()) {
                hangsOn(candidates.get(count - 1).row().probability()
                        - candidates.get(count).row().probability());
            }
            choices.sort(Comparator.comparingInt(Choice::position));
            steps.add(choices);
        }

        Run run() {
            return new Run(steps, smallestGap);
        }

        private int[] masks(int block) {
            int start = frame.prompt().size() + block * frame.blockLength();
            return IntStream.range(start, start + frame.blockLength())
                    .filter(position -> canvas[position] == frame.maskToken())
                    .toArray();
        }

        private int predictor(int position) {
            return frame.shifted() && position > 0 ? position - 1 : position;
        }

        private void hangsOn(double gap) {
            smallestGap = Math.min(smallestGap, gap);
        }
    }
}
