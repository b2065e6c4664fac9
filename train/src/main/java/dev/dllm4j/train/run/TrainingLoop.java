package dev.dllm4j.train.run;

import java.io.IOException;

/**
 * Takes steps until the budget is used up, with checkpoints on the way and one at the end.
 *
 * @param checkpointSeconds between two checkpoints
 */
public record TrainingLoop(Budget budget, double checkpointSeconds, Saver saver, TrainProgress progress) {
    /** Keeps a state of the run. */
    @FunctionalInterface
    public interface Saver {
        void save(Checkpoint checkpoint) throws IOException;
    }

    /** Gives how far the run is in the end. */
    public RunClock run(Trainer trainer, Checkpoint from, Lessons lessons) throws IOException {
        RunClock clock = from.clock();
        double savedAt = clock.seconds();
        double share = budget.progress(clock.steps(), clock.seconds());
        while (share < 1) {
            long start = System.nanoTime();
            Lesson lesson = lessons.at(clock.steps(), share);
            double loss = trainer.step(lesson, clock.steps(), share);
            clock = clock.after(lesson.samples(), (System.nanoTime() - start) / 1e9);
            share = budget.progress(clock.steps(), clock.seconds());
            if (share == 1 || clock.seconds() - savedAt >= checkpointSeconds) {
                saver.save(from.at(clock));
                savedAt = clock.seconds();
            }
            progress.stepped(clock, share, loss);
        }
        return clock;
    }
}
