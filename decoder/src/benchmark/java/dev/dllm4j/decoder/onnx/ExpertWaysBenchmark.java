package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.decoder.benchmark.BenchmarkModel;
import dev.dllm4j.decoder.convert.ExpertGraphs;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The experts of one layer for some rows, choice of experts included, in three ways. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls open() before anything else.
public class ExpertWaysBenchmark {
    private static final Experts EXPERTS = ExpertGraphs.EXPERTS;
    private static final int HIDDEN = ExpertGraphs.HIDDEN;

    /** Where an expert gets its rows. */
    public enum Way {
        /** In one graph a layer, as this engine runs them. */
        LAYER,
        /** By Java, which runs a graph an expert. */
        EXPERT,
        /** In ONNX Runtime's operator MoE. */
        OPERATOR
    }

    @Param({"LAYER", "EXPERT", "OPERATOR"})
    public Way way;

    @Param({"256", "32"})
    public int rows;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<Piece> pieces = new ArrayList<>();
    private final Routing routing = new Routing(EXPERTS);
    private Slab x;
    private Slab y;
    private Slab scores;
    private Slab chosen;
    private Slab made;
    private Slab sorted;
    private Slab counts;
    private Slab places;
    private Slab weights;

    @Setup
    public void open() {
        OrtEnvironment environment = OrtProcess.environment(BenchmarkModel.RUNTIME.threads());
        OrtSession.SessionOptions options = OrtProcess.sessionOptions(BenchmarkModel.RUNTIME.device());
        opened.add(options);
        ExpertGraphs graphs = new ExpertGraphs(BenchmarkModel.scratch("experts"));
        switch (way) {
            case LAYER -> pieces.add(Piece.open(environment, options, graphs.layer(), ExpertMix.EXPERTS_INPUTS));
            case EXPERT -> {
                for (int expert = 0; expert < EXPERTS.count(); expert++) {
                    pieces.add(Piece.open(environment, options, graphs.expert(expert), Set.of("x")));
                }
            }
            case OPERATOR -> pieces.add(Piece.open(environment, options, graphs.operator(), Set.of("x", "scores")));
        }
        opened.addAll(pieces);
        x = slab(Slab.floats(environment, HIDDEN), rows);
        y = slab(Slab.floats(environment, HIDDEN), rows);
        scores = slab(Slab.floats(environment, EXPERTS.count()), rows);
        int pairs = Routing.mostPairs(EXPERTS, rows);
        chosen = slab(Slab.floats(environment, HIDDEN), pairs);
        made = slab(Slab.floats(environment, HIDDEN), pairs);
        sorted = slab(Slab.longs(environment), pairs);
        counts = slab(Slab.longs(environment), EXPERTS.count());
        places = slab(Slab.longs(environment, EXPERTS.active()), rows);
        weights = slab(Slab.floats(environment, EXPERTS.active()), rows);
        fill(x.floats());
        fill(scores.floats());
    }

    @TearDown
    public void close() {
        Closing.all(opened);
    }

    @Benchmark
    public void experts() {
        if (way == Way.OPERATOR) {
            pieces.get(0)
                    .run(
                            Map.of("x", x.tensor(0, rows), "scores", scores.tensor(0, rows)),
                            Map.of("y", y.tensor(0, rows)));
            return;
        }
        routing.choose(scores.floats(), scores.floats(), rows);
        routing.write(sorted.longs(), counts.longs(), places.longs(), weights.floats());
        if (way == Way.LAYER) {
            layer();
        } else {
            expertByExpert();
        }
    }

    private void layer() {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        inputs.put("attended", x.tensor(0, rows));
        inputs.put("normed", x.tensor(0, rows));
        inputs.put("rows", sorted.tensor(0, routing.pairs()));
        inputs.put("counts", counts.tensor(0, EXPERTS.count()));
        inputs.put("places", places.tensor(0, rows));
        inputs.put("weights", weights.tensor(0, rows));
        pieces.get(0).run(inputs, Map.of("y", y.tensor(0, rows)));
    }

    private void expertByExpert() {
        for (int pair = 0; pair < routing.pairs(); pair++) {
            chosen.copyRow(pair, x, (int) sorted.longs().get(pair));
        }
        int from = 0;
        for (int expert = 0; expert < EXPERTS.count(); expert++) {
            int count = (int) counts.longs().get(expert);
            if (count > 0) {
                pieces.get(expert).run(Map.of("x", chosen.tensor(from, count)), Map.of("y", made.tensor(from, count)));
                from += count;
            }
        }
        FloatBuffer sums = y.floats();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < HIDDEN; column++) {
                sums.put(row * HIDDEN + column, x.floats().get(row * HIDDEN + column));
            }
            for (int choice = 0; choice < EXPERTS.active(); choice++) {
                int product = (int) places.longs().get(row * EXPERTS.active() + choice) * HIDDEN;
                float weight = weights.floats().get(row * EXPERTS.active() + choice);
                for (int column = 0; column < HIDDEN; column++) {
                    int place = row * HIDDEN + column;
                    sums.put(place, sums.get(place) + weight * made.floats().get(product + column));
                }
            }
        }
    }

    private Slab slab(Slab slab, int capacity) {
        slab.reserve(capacity);
        opened.add(slab);
        return slab;
    }

    private static void fill(FloatBuffer values) {
        Random random = new Random(1);
        for (int i = 0; i < values.capacity(); i++) {
            values.put(i, (float) random.nextGaussian());
        }
    }
}
