package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.decoder.Work;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What whole answers took, reported beside their time. JMH adds up all measured iterations, so ratios of these say what
 * one answer is.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class AnswerCounts {
    public long answers;
    public long forwards;
    public long layersRefreshed;
    public long rowsComputed;
    public long rowsFull;

    @Setup(Level.Iteration)
    public void clear() {
        answers = 0;
        forwards = 0;
        layersRefreshed = 0;
        rowsComputed = 0;
        rowsFull = 0;
    }

    void add(Work work) {
        answers++;
        forwards += work.forwards();
        layersRefreshed += work.layersRefreshed();
        rowsComputed += work.rowsComputed();
        rowsFull += work.rowsFull();
    }
}
