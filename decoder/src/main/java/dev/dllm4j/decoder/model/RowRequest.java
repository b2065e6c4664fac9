package dev.dllm4j.decoder.model;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowPlan;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.cache.SequenceRows;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One sequence's part of a forward: which rows go through the layers, and what is to be said about which positions.
 *
 * @param plan positions computed, and the layer from which on all are; the forward lowers that layer where the plan's
 *     tracking says so
 * @param demand positions predicted, and what is wanted of them
 * @param predictions where the answer goes
 * @param guidance runs the rows a second time, on a canvas whose given tokens are masked
 * @param kept what attention sees besides the computed rows, which overwrite theirs; null means that attention sees the
 *     computed rows alone
 * @param rowType of the kept rows; where there is no room for them, of those that would be kept. Keys and values of the
 *     computed rows count as they would be kept, so that an answer does not depend on the room
 * @param cancelled asked between two layers; once true, the sequence's rows leave the forward unanswered
 */
public record RowRequest(
        Canvas canvas,
        RowPlan plan,
        Demand demand,
        Predictions predictions,
        Guidance guidance,
        @Nullable SequenceRows kept,
        RowType rowType,
        BooleanSupplier cancelled) {
    public RowRequest {
        if (kept != null && kept.type() != rowType) {
            throw new IllegalArgumentException(
                    "row type is " + rowType + " and the rows are kept as " + kept.type() + "; give theirs");
        }
        if (guidance.given() && kept != null) {
            throw new IllegalArgumentException(
                    "guidance is " + guidance + "; kept rows belong to the unguided canvas, so use cache none");
        }
    }

    /** With the type of the kept rows, float32 where none are. */
    public RowRequest(
            Canvas canvas,
            RowPlan plan,
            Demand demand,
            Predictions predictions,
            Guidance guidance,
            @Nullable SequenceRows kept,
            BooleanSupplier cancelled) {
        this(canvas, plan, demand, predictions, guidance, kept, kept == null ? RowType.F32 : kept.type(), cancelled);
    }

    /** The same rows in every layer. */
    public RowRequest(
            Canvas canvas,
            Positions rows,
            Demand demand,
            Predictions predictions,
            Guidance guidance,
            @Nullable SequenceRows kept,
            BooleanSupplier cancelled) {
        this(canvas, RowPlan.of(rows), demand, predictions, guidance, kept, cancelled);
    }

    /** Positions computed in the first layers, each once. */
    public Positions rows() {
        return plan.rows();
    }
}
