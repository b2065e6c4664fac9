package dev.dllm4j.train.adapt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.dllm4j.train.model.Llada;
import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.run.Batch;
import dev.dllm4j.train.run.BatchBuilder;
import dev.dllm4j.train.run.Canvases;
import dev.dllm4j.train.run.Example;
import dev.dllm4j.train.run.Lesson;
import dev.dllm4j.train.run.Trainer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Certainty forcing on a model's own answers (dParallel {@code llada_train.py}): what is before the active block stands,
 * half of the active block is masked, everything behind it is masked and not learnt. Every sample comes twice, the second
 * time with the other half masked.
 *
 * <p>Blocks that hold nothing but padding say nothing new, so the active block is drawn from those of the answer and
 * the one behind it.
 *
 * @param answers of the model itself, with an end token each
 * @param mask id of the mask token
 * @param padding what fills the canvas behind an answer
 * @param context most positions of a sample
 * @param block positions of a block
 * @param rows positions of a batch, about
 */
public record CertaintyCourse(
        List<Example> answers,
        CertaintyLoss certainty,
        int mask,
        RainbowPadding padding,
        int context,
        int block,
        long seed,
        int rows)
        implements Course {
    private static final double MASKED = 0.5;

    public CertaintyCourse {
        answers = List.copyOf(answers);
    }

    @Override
    public String identity() {
        return "certainty, " + certainty + ", block " + block + ", " + answers.size() + " answers";
    }

    @Override
    public Lesson at(Llada model, long step, double progress) {
        return new Exercise(model, batch(step), certainty);
    }

    Batch batch(long step) {
        SplittableRandom random = Draw.random(seed, step);
        int canvas = Canvases.draw(random);
        List<Example> batch = Draw.batch(
                (ranges, chance) -> answers.get(chance.nextInt(answers.size())),
                rows / 2,
                example -> length(example, canvas),
                random);
        int positions = batch.stream()
                .mapToInt(example -> length(example, canvas))
                .max()
                .orElseThrow();
        BatchBuilder builder = new BatchBuilder(RowLayout.FULL, positions);
        for (Example example : batch) {
            addPair(builder, example, positions, random);
        }
        return builder.build();
    }

    /** Whole blocks behind the prompt, as far as the context allows. */
    private int length(Example example, int canvas) {
        int wanted = Math.max(example.answer().length, canvas);
        int blocks = (wanted + block - 1) / block * block;
        return Math.max(Math.min(example.prompt().length + blocks, context), example.length());
    }

    private void addPair(BatchBuilder batch, Example example, int positions, SplittableRandom random) {
        int prompt = example.prompt().length;
        int[] answer = Arrays.copyOf(example.answer(), example.answer().length - 1);
        int[] canvas = padding.pad(answer, positions - prompt);
        long[] text = new long[positions];
        Arrays.setAll(text, position -> position < prompt ? example.prompt()[position] : canvas[position - prompt]);
        int last = Math.min((positions - prompt - 1) / block, (example.answer().length - 1) / block + 1);
        int from = prompt + block * random.nextInt(last + 1);
        int to = Math.min(from + block, positions);
        boolean[] first = new boolean[to - from];
        for (int place = 0; place < first.length; place++) {
            first[place] = random.nextDouble() < MASKED;
        }
        batch.count(1);
        addHalf(batch, text, from, first, true);
        addHalf(batch, text, from, first, false);
    }

    private void addHalf(BatchBuilder batch, long[] text, int from, boolean[] first, boolean half) {
        int masks = 0;
        for (boolean chosen : first) {
            masks += chosen == half ? 1 : 0;
        }
        long[] input = text.clone();
        Arrays.fill(input, from + first.length, input.length, mask);
        batch.add(input);
        for (int place = 0; place < first.length; place++) {
            if (first[place] == half) {
                input[from + place] = mask;
                batch.predict(from + place, text[from + place], 1.0 / masks);
            }
        }
    }

    private record Exercise(Llada model, Batch batch, CertaintyLoss certainty) implements Lesson {
        @Override
        public int samples() {
            return batch.samples();
        }

        @Override
        public NDArray loss(NDManager step) {
            NDArray logits = Trainer.logits(model, batch, step);
            int positions = batch.tokens()[0].length;
            int[] samples = Arrays.stream(batch.chosen())
                    .mapToInt(row -> Math.toIntExact(row / positions))
                    .toArray();
            return Trainer.loss(logits, batch, step)
                    .add(certainty.certainty(logits, batch.targets(), samples, batch.samples() / 2, step));
        }
    }
}
