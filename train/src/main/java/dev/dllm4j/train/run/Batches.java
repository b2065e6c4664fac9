package dev.dllm4j.train.run;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** The batch of every step. A step's batch depends on seed, step and progress alone, so a resumed run goes on as before. */
final class Batches {
    /** Positions of a prompt, about, to tell how many samples make a batch. */
    private static final int PROMPT = 44;

    private static final int CAUSAL_ANSWER = 40;
    /** Positions of a drill's prompt and of its answer, about. */
    private static final int DRILL = 10;

    private static final int DRILL_CANVAS = 8;

    private final Recipe recipe;
    private final Examples examples;
    private final Examples drills;
    private final Objective objective;
    private final int context;

    Batches(Recipe recipe, Examples examples, Examples drills, int context) {
        this.recipe = recipe;
        this.examples = examples;
        this.drills = drills;
        this.objective = new Objective(recipe.complementary(), recipe.tailWeight());
        this.context = context;
    }

    Batch at(long step, double progress) {
        SplittableRandom random = new SplittableRandom(new SplittableRandom(recipe.seed()).nextLong() + step);
        boolean drill = random.nextDouble() < recipe.drillShare();
        boolean causal = recipe.causal(progress);
        int canvas = drill ? DRILL_CANVAS : causal ? CAUSAL_ANSWER : Math.min(Canvases.draw(random), context / 2);
        int samples = Math.max(1, recipe.rows() / (canvas + (drill ? DRILL : PROMPT)));
        int drawn = !causal && recipe.complementary() ? (samples + 1) / 2 : samples;
        List<Example> batch = Stream.generate(() -> (drill ? drills : examples).draw(recipe.ranges(progress), random))
                .limit(drawn)
                .toList();
        return causal ? objective.causal(batch) : masked(batch, canvas, random);
    }

    /** A small batch with small ratios may get no mask at all; it is drawn again. */
    private Batch masked(List<Example> examples, int canvas, SplittableRandom random) {
        Batch batch = objective.masked(examples, canvas, random);
        while (batch.chosen().length == 0) {
            batch = objective.masked(examples, canvas, random);
        }
        return batch;
    }
}
