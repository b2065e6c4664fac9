package dev.dllm4j.train.run;

import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * The batch of every step. A step's batch depends on seed, step and progress alone, so a resumed run goes on as before.
 */
final class Batches {
    /** Positions of a prompt and an answer, about, to tell how many samples make a batch. */
    private static final int PROMPT = 36;

    private static final int ANSWER = 28;

    private static final int DRILL = 10;
    private static final int DRILL_ANSWER = 4;
    private static final int DRILL_CANVAS = 8;
    /** Steps whose problems are drawn together and cut by length, so that little of a batch is padding. */
    private static final int GROUP = 8;
    /** One in so many batches of blocks has end tokens far after the answers. */
    private static final int LONG_CANVAS = 8;

    private final Recipe recipe;
    private final Examples examples;
    private final Examples drills;
    private final OrderedObjective ordered = new OrderedObjective();
    private final MaskedObjective masked;
    private final Optional<BlockObjective> blocks;
    /** Positions of a block; 0 without blocks. */
    private final int blockLength;

    private final int context;
    private long groupNumber = -1;
    private List<Example> group = List.of();

    Batches(Recipe recipe, Sight sight, Examples examples, Examples drills, int context) {
        this.recipe = recipe;
        this.examples = examples;
        this.drills = drills;
        this.masked = new MaskedObjective(recipe.openShare(), recipe.tailWeight());
        this.blocks = sight instanceof BlockCausal causal
                ? Optional.of(new BlockObjective(causal, recipe.openShare(), recipe.tailWeight()))
                : Optional.empty();
        this.blockLength = sight instanceof BlockCausal causal ? causal.length() : 0;
        this.context = context;
    }

    Batch at(long step, double progress) {
        SplittableRandom random = random(step);
        boolean drill = random.nextDouble() < recipe.drills(progress);
        if (blocks.isPresent()) {
            return blocked(blocks.get(), step, drill, random);
        }
        return recipe.ordered(progress)
                ? ordered.batch(drill ? sums(random) : alike(step), recipe.randomOrders(progress), random)
                : masked(drill, random);
    }

    private List<Example> sums(SplittableRandom random) {
        return draw(drills, samples(DRILL + 2 * DRILL_ANSWER + blockLength), random);
    }

    private List<Example> alike(long step) {
        int samples = samples(PROMPT + 2 * ANSWER + blockLength);
        if (groupNumber != step / GROUP) {
            groupNumber = step / GROUP;
            group = draw(examples, GROUP * samples, random(-1 - groupNumber)).stream()
                    .sorted(Comparator.comparingInt(Example::length))
                    .toList();
        }
        int slice = (int) (step % GROUP) * samples;
        return group.subList(slice, slice + samples);
    }

    /** A small batch with small ratios may get no mask at all; it is drawn again. */
    private Batch masked(boolean drill, SplittableRandom random) {
        int canvas = drill ? DRILL_CANVAS : Math.min(Canvases.draw(random), context / 2);
        int rows = (drill ? DRILL : PROMPT) + canvas;
        List<Example> drawn = draw(drill ? drills : examples, samples(rows), random);
        Batch batch = masked.batch(drawn, canvas, random);
        while (batch.chosen().length == 0) {
            batch = masked.batch(drawn, canvas, random);
        }
        return batch;
    }

    /** Answers up to the end of their last block, and now and then many end tokens after them. */
    private Batch blocked(BlockObjective objective, long step, boolean drill, SplittableRandom random) {
        if (drill || random.nextInt(LONG_CANVAS) > 0) {
            return objective.batch(drill ? sums(random) : alike(step), 0, random);
        }
        int canvas = Math.min(Canvases.draw(random), context / 2);
        return objective.batch(draw(examples, samples(PROMPT + 2 * (canvas + blockLength)), random), canvas, random);
    }

    /** How many samples make a batch when each takes so many rows. */
    private int samples(int rows) {
        return Math.max(1, recipe.rows() / rows);
    }

    private List<Example> draw(Examples source, int count, SplittableRandom random) {
        return Stream.generate(() -> source.draw(recipe.ranges(), random))
                .limit(count)
                .toList();
    }

    private SplittableRandom random(long stream) {
        return new SplittableRandom(new SplittableRandom(recipe.seed()).nextLong() + stream);
    }
}
