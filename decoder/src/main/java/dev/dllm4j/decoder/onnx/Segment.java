package dev.dllm4j.decoder.onnx;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.model.RowRequest;
import java.util.Arrays;
import java.util.Locale;

/**
 * One request's rows in a forward's batch: a copy for its canvas, and if guided a second one with the given tokens masked.
 * Mutable: where the plan says so, a segment widens between two layers from some rows to all.
 */
final class Segment {
    static final int NOT_COMPUTED = -1;

    private final RowRequest request;
    private Positions positions;

    Segment(RowRequest request) {
        this.request = request;
        this.positions = request.plan().rows();
    }

    RowRequest request() {
        return request;
    }

    /** Those whose rows are in the batch. */
    Positions positions() {
        return positions;
    }

    /** Rows of one copy. */
    int rows() {
        return positions.size();
    }

    /** Whether this layer computes every row although the one before did not. */
    boolean widensAt(int layer) {
        return layer > 0 && layer == request.plan().refreshFrom();
    }

    /** Takes every row of the canvas into the batch, in order. */
    void widen() {
        positions = new Positions(request.canvas().length());
        positions.addRange(0, request.canvas().length());
    }

    /** Whether kept rows stand in for rows that this layer does not compute. */
    boolean reuses(int layer) {
        return layer < request.plan().refreshFrom();
    }

    /** Keys of one copy: those of every position where rows are kept, else those of its rows. */
    int keys() {
        return request.kept() == null ? rows() : request.canvas().length();
    }

    /** How many of the keys are of positions before one, where they are in order; these are the first ones. */
    int keysBefore(int position) {
        if (request.kept() != null) {
            return Math.max(0, Math.min(position, keys()));
        }
        int before = 0;
        int after = rows();
        while (before < after) {
            int middle = (before + after) / 2;
            if (positions.get(middle) < position) {
                before = middle + 1;
            } else {
                after = middle;
            }
        }
        return before;
    }

    /**
     * Refuses rows whose keys are not in the order of their positions.
     *
     * @throws IllegalArgumentException where none are kept, and the rows are in another order
     */
    void requireKeysInOrder() {
        for (int row = 1; request.kept() == null && row < rows(); row++) {
            if (positions.get(row) <= positions.get(row - 1)) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "position %d is computed after position %d and no rows are kept; where rows do not see every"
                                + " key, compute them in the order of their positions",
                        positions.get(row),
                        positions.get(row - 1)));
            }
        }
    }

    /** Rows of the batch that are this segment's, should it widen: what a forward needs room for. */
    int mostRows() {
        return request.kept() == null
                ? batchRows()
                : Math.max(batchRows(), request.canvas().length());
    }

    boolean guided() {
        return request.guidance().given();
    }

    /** Rows of the batch that are this segment's, all copies together. */
    int batchRows() {
        return guided() ? 2 * rows() : rows();
    }

    /** The token that a row of the batch shows to the model. */
    int token(int batchRow, int maskToken) {
        Canvas canvas = request.canvas();
        int position = position(batchRow);
        boolean hidden = batchRow >= rows() && request.guidance().hides(canvas, position);
        return hidden ? maskToken : canvas.token(position);
    }

    int position(int batchRow) {
        return positions.get(batchRow % rows());
    }

    /** Notes for every position of the canvas which of a copy's rows computes it. */
    void index(int[] rowOf) {
        Arrays.fill(rowOf, 0, request.canvas().length(), NOT_COMPUTED);
        for (int row = 0; row < rows(); row++) {
            rowOf[positions.get(row)] = row;
        }
    }

    /**
     * The row whose logits predict a position, or {@link #NOT_COMPUTED}. Under shifted logits the row of the position
     * before predicts it; the first computed row keeps itself where that one is missing.
     *
     * @param rowOf from {@link #index}
     */
    int predictor(int position, boolean shifted, int[] rowOf) {
        int row = rowOf[shifted && position > 0 ? position - 1 : position];
        return row == NOT_COMPUTED && shifted && positions.get(0) == position ? 0 : row;
    }
}
