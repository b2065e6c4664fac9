package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.PieceNames;
import dev.dllm4j.decoder.model.RowRequest;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From rows after the last layer to predictions. Only the rows that predict demanded positions reach the output
 * matrix. Statistics come from the graph; whole rows of logits from a second session that is loaded on first use. Those
 * are read a few at a time, as they are made, and are in memory no longer.
 *
 * <p>Not thread-safe.
 */
final class Head implements AutoCloseable {
    /** Logits that one run holds at most (32 MiB a copy, or two rows where those are longer); more take several runs. */
    private static final int LOGITS_PER_RUN = 1 << 23;

    private final OrtEnvironment environment;
    private final OrtSession.SessionOptions options;
    private final Path folder;
    private final ModelSpec spec;
    private final Piece.Opener opener;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Piece statistics;
    private @Nullable Piece logits;

    private final Slab x;
    private final Slab base;
    private final Slab scale;
    private final Slab bias;
    private final Slab ineligible;
    private final Slab ids;
    private final Slab powers;
    private final Slab max;
    private final Slab sum;
    private final Slab weightedSum;
    private final Slab candidates;
    private final Slab candidateLogits;
    /** Whole rows of one run, {@code [rows, vocab]}; empty until a request asks for them. */
    private final Slab wholeRows;
    /** Those with one row for each predicted position. */
    private final List<Slab> rowSlabs;

    private final int logitsPerRun;
    private int[] rowOf = {};

    Head(OrtEnvironment environment, OrtSession.SessionOptions options, Path folder, ModelSpec spec) {
        this(environment, options, folder, spec, LOGITS_PER_RUN, Piece::open);
    }

    /** @param opener of the pieces */
    Head(
            OrtEnvironment environment,
            OrtSession.SessionOptions options,
            Path folder,
            ModelSpec spec,
            Piece.Opener opener) {
        this(environment, options, folder, spec, LOGITS_PER_RUN, opener);
    }

    /** @param logitsPerRun that one run holds at most, and yet two rows */
    Head(OrtEnvironment environment, OrtSession.SessionOptions options, Path folder, ModelSpec spec, int logitsPerRun) {
        this(environment, options, folder, spec, logitsPerRun, Piece::open);
    }

    private Head(
            OrtEnvironment environment,
            OrtSession.SessionOptions options,
            Path folder,
            ModelSpec spec,
            int logitsPerRun,
            Piece.Opener opener) {
        this.opener = opener;
        this.logitsPerRun = logitsPerRun;
        this.environment = environment;
        this.options = options;
        this.folder = folder;
        this.spec = spec;
        x = own(Slab.floats(environment, spec.hidden()));
        base = own(Slab.floats(environment, spec.hidden()));
        scale = own(Slab.floats(environment, 1));
        bias = own(Slab.floats(environment));
        ineligible = own(Slab.floats(environment));
        ids = own(Slab.longs(environment, 2));
        powers = own(Slab.floats(environment, 2));
        max = own(Slab.floats(environment));
        sum = own(Slab.floats(environment));
        weightedSum = own(Slab.floats(environment));
        candidates = own(Slab.longs(environment, 0));
        candidateLogits = own(Slab.floats(environment, 0));
        wholeRows = own(Slab.floats(environment, spec.vocabulary()));
        rowSlabs = List.of(x, base, scale, ids, powers, max, sum, weightedSum, candidates, candidateLogits);
        bias.reserve(spec.vocabulary());
        ineligible.reserve(spec.vocabulary());
        ineligible.floats().put(spec.maskToken(), ModelSpec.FORBIDDEN);
        statistics = own(GraphShapes.head(
                spec, open(PieceNames.HEAD, Set.of("x", "base", "scale", "bias", "ineligible", "candidates"))));
    }

    /**
     * Fills the predictions of every segment's request.
     *
     * @param hidden rows after the last layer, the segments' one after the other
     * @param origin names the piece of the model that first gives no numbers for a request; asked where that is so
     */
    void predict(List<Segment> segments, Slab hidden, Function<RowRequest, String> origin) {
        int rows = gather(segments, hidden);
        if (rows == 0) {
            return;
        }
        boolean guided = segments.stream().anyMatch(Segment::guided);
        int chunk = Math.max(2, logitsPerRun / spec.vocabulary());
        int row = 0;
        for (int first = 0; first < segments.size(); ) {
            Demand demand = segments.get(first).request().demand();
            int next = first;
            int end = row;
            while (next < segments.size()
                    && segments.get(next).request().demand().treatsTokensAs(demand)) {
                end += segments.get(next++).request().demand().positions().size();
            }
            try {
                setBias(demand);
                for (int from = row; from < end; from += chunk) {
                    runStatistics(from, Math.min(chunk, end - from), guided);
                }
                for (Segment segment : segments.subList(first, next)) {
                    scatter(segment, row, origin);
                    if (segment.request().demand().wantsFullRows()) {
                        runLogits(segment, row, guided, chunk);
                    }
                    row += segment.request().demand().positions().size();
                }
            } finally {
                // Also after a failure: the bias is one request's, the buffer every request's.
                clearBias(demand);
            }
            first = next;
        }
    }

    private void setBias(Demand demand) {
        demand.bias().forEach((token, value) -> bias.floats().put(token, value));
        demand.forbidden().forEach(token -> bias.floats().put(token, ModelSpec.FORBIDDEN));
    }

    private void clearBias(Demand demand) {
        demand.bias().keySet().forEach(token -> bias.floats().put(token, 0));
        demand.forbidden().forEach(token -> bias.floats().put(token, 0));
    }

    /** Copies the predicting rows together, one for each demanded position; absent ones become zeros. */
    private int gather(List<Segment> segments, Slab hidden) {
        int rows = 0;
        int columns = 0;
        for (Segment segment : segments) {
            Demand demand = segment.request().demand();
            segment.request()
                    .predictions()
                    .reset(demand, segment.request().canvas().length());
            rows += demand.positions().size();
            columns = Math.max(columns, demand.candidatesPerPosition());
        }
        candidates.row(columns);
        candidateLogits.row(columns);
        for (Slab slab : rowSlabs) {
            // One row alone would take another kernel; the second one is never read.
            slab.reserve(Math.max(2, rows));
        }
        int next = 0;
        int offset = 0;
        for (Segment segment : segments) {
            gather(segment, hidden, offset, next);
            next += segment.request().demand().positions().size();
            offset += segment.batchRows();
        }
        return rows;
    }

    private void gather(Segment segment, Slab hidden, int offset, int to) {
        if (rowOf.length < segment.request().canvas().length()) {
            rowOf = new int[segment.request().canvas().length()];
        }
        segment.index(rowOf);
        Demand demand = segment.request().demand();
        Positions demanded = demand.positions();
        LongBuffer wanted = candidates.longs();
        FloatBuffer scales = scale.floats();
        for (int slot = 0; slot < demanded.size(); slot++) {
            int row = segment.predictor(demanded.get(slot), spec.readout().shifted(), rowOf);
            int target = to + slot;
            scales.put(target, (float) (1 + segment.request().guidance().scale()));
            if (row == Segment.NOT_COMPUTED) {
                x.clearRow(target);
                base.clearRow(target);
            } else {
                x.copyRow(target, hidden, offset + row);
                base.copyRow(target, hidden, offset + row + (segment.guided() ? segment.rows() : 0));
            }
            for (int i = 0; i < candidates.columns(); i++) {
                int id = i < demand.candidatesPerPosition() ? demand.candidate(slot, i) : Demand.NO_CANDIDATE;
                wanted.put(target * candidates.columns() + i, Math.max(id, 0));
            }
        }
    }

    private void runStatistics(int from, int wanted, boolean guided) {
        int rows = Math.max(2, wanted);
        int first = Math.min(from, x.capacity() - rows);
        statistics.run(
                Map.of(
                        "x", x.tensor(first, rows),
                        "base", (guided ? base : x).tensor(first, rows),
                        "scale", scale.tensor(first, rows),
                        "bias", bias.tensor(0, spec.vocabulary()),
                        "ineligible", ineligible.tensor(0, spec.vocabulary()),
                        "candidates", candidates.tensor(first, rows)),
                Map.of(
                        "ids", ids.tensor(first, rows),
                        "powers", powers.tensor(first, rows),
                        "max", max.tensor(first, rows),
                        "sum", sum.tensor(first, rows),
                        "weighted_sum", weightedSum.tensor(first, rows),
                        "candidate_logits", candidateLogits.tensor(first, rows)));
    }

    private void scatter(Segment segment, int from, Function<RowRequest, String> origin) {
        Predictions predictions = segment.request().predictions();
        Demand demand = segment.request().demand();
        FloatBuffer wanted = candidateLogits.floats();
        segment.index(rowOf);
        for (int slot = 0; slot < predictions.size(); slot++) {
            int position = predictions.position(slot);
            if (segment.predictor(position, spec.readout().shifted(), rowOf) == Segment.NOT_COMPUTED) {
                continue;
            }
            int row = from + slot;
            fill(segment.request(), slot, row, origin);
            for (int i = 0; i < demand.candidatesPerPosition(); i++) {
                predictions.fillCandidate(slot, i, wanted.get(row * candidates.columns() + i));
            }
        }
    }

    private void fill(RowRequest request, int slot, int row, Function<RowRequest, String> origin) {
        Predictions predictions = request.predictions();
        float total = sum.floats().get(row);
        float largest = max.floats().get(row);
        if (!Float.isFinite(total) || !Float.isFinite(largest)) {
            throw new ModelException(
                    "the model gives no number at position " + predictions.position(slot)
                            + " (its largest logit is " + largest + "), and " + origin.apply(request)
                            + " is the first to give none; its weights are damaged or overflow their type, so convert again with --weights f32");
        }
        double logSum = Math.log(total);
        predictions.fill(
                slot,
                (int) ids.longs().get(2 * row),
                powers.floats().get(2 * row) / total,
                (int) ids.longs().get(2 * row + 1),
                powers.floats().get(2 * row + 1) / total,
                (float) (logSum - (double) weightedSum.floats().get(row) / total),
                (float) (largest + logSum));
    }

    private void runLogits(Segment segment, int from, boolean guided, int chunk) {
        Piece piece = logits;
        if (piece == null) {
            piece = own(open(PieceNames.LOGITS, Set.of("x", "base", "scale", "bias")));
            logits = piece;
        }
        Demand demand = segment.request().demand();
        Predictions predictions = segment.request().predictions();
        int vocabulary = spec.vocabulary();
        reserveWholeRows(Math.min(chunk, Math.max(spec.context(), predictions.size())));
        for (int done = 0; done < predictions.size(); done += chunk) {
            int count = Math.min(chunk, predictions.size() - done);
            piece.run(
                    Map.of(
                            "x", x.tensor(from + done, count),
                            "base", (guided ? base : x).tensor(from + done, count),
                            "scale", scale.tensor(from + done, count),
                            "bias", bias.tensor(0, vocabulary)),
                    Map.of("logits", wholeRows.tensor(0, count)));
            for (int row = 0; row < count; row++) {
                if (predictions.present(done + row)) {
                    demand.row(done + row, wholeRows.floats().slice(row * vocabulary, vocabulary));
                }
            }
        }
    }

    /** Claims, once, the memory for the most rows that a run can hold. */
    private void reserveWholeRows(int most) {
        try {
            wholeRows.reserve(most);
        } catch (OutOfMemoryError e) {
            throw new ModelException(
                    "sampling needs " + (long) most * spec.vocabulary() * Float.BYTES
                            + " bytes of direct memory for rows of logits, more than this JVM has left; lower the cache"
                            + " budget or start Java with a larger -XX:MaxDirectMemorySize",
                    e);
        }
    }

    /** Bytes of direct memory that whole rows lie in. */
    long wholeRowBytes() {
        return (long) wholeRows.capacity() * spec.vocabulary() * Float.BYTES;
    }

    @Override
    public void close() {
        Closing.all(owned);
    }

    private Piece open(String file, Set<String> inputs) {
        return opener.open(environment, options, folder.resolve(file), inputs);
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }
}
