package dev.dllm4j.decoder.onnx;

import dev.dllm4j.cache.BlockGrid;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * The keys that each row of a segment sees in one layer: one span of them.
 *
 * <p>Neighbours that see the same keys attend in one run without a mask. Under {@link Sight.BlockCausal} these are the
 * rows of a block. A run transposes all its keys, so that short runs in great number would cost more than their rows;
 * where there are more than a few, several attend together under a mask.
 *
 * <p>In float32 on the CPU a block that is computed whole gets the same bits whichever other blocks a forward computes:
 * together with the block before it, with the whole prompt, or after rows that an earlier forward kept. A mask changes
 * none, as the keys it hides lie after those that a block sees, and what they add to a sum is too small to be in it;
 * and no row attends by itself, which would sum in another order.
 */
final class Spans {
    /** Runs of a segment that need no mask, however few rows they have. */
    static final int FEW = 4;
    /** Rows that runs are joined up to. */
    static final int JOINED_ROWS = 32;

    private final int rows;
    private final int keys;
    /** By row; empty where every row sees every key. */
    private final int[] from;

    private final int[] to;

    private Spans(Segment segment, boolean differ) {
        rows = segment.rows();
        keys = segment.keys();
        from = new int[differ ? rows : 0];
        to = new int[from.length];
    }

    /** @throws IllegalArgumentException where rows see by their position, none are kept, and they are in no order */
    static Spans of(Sight sight, int layer, Segment segment) {
        if (sight instanceof Sight.BlockCausal blocks) {
            BlockGrid grid = blocks.grid(segment.request().canvas().promptLength());
            return differing(segment, position -> 0, grid::end);
        }
        if (sight instanceof Sight.Alternating near && near.local(layer)) {
            return differing(segment, position -> position - near.reach(), position -> position + near.reach() + 1);
        }
        return new Spans(segment, false);
    }

    /** Rows that see, by their positions, the positions from one up to another. */
    private static Spans differing(Segment segment, IntUnaryOperator from, IntUnaryOperator to) {
        segment.requireKeysInOrder();
        Spans spans = new Spans(segment, true);
        for (int row = 0; row < segment.rows(); row++) {
            int position = segment.positions().get(row);
            spans.from[row] = segment.keysBefore(from.applyAsInt(position));
            spans.to[row] = segment.keysBefore(to.applyAsInt(position));
        }
        return spans;
    }

    /** The runs that attend all rows. */
    List<Scope> scopes() {
        if (to.length == 0) {
            return List.of(new Scope(0, rows, 0, keys, false));
        }
        List<Scope> alike = new ArrayList<>();
        int next = 0;
        for (int begin = 0; begin < rows; begin = next) {
            next = begin + 1;
            while (next < rows && from[next] == from[begin] && to[next] == to[begin]) {
                next++;
            }
            alike.add(new Scope(begin, next - begin, from[begin], to[begin] - from[begin], false));
        }
        return alike.size() <= FEW ? alike : joined(alike);
    }

    private static List<Scope> joined(List<Scope> alike) {
        List<Scope> joined = new ArrayList<>();
        Scope last = alike.get(0);
        for (Scope scope : alike.subList(1, alike.size())) {
            if (last.rows() + scope.rows() <= JOINED_ROWS) {
                int firstKey = Math.min(last.firstKey(), scope.firstKey());
                int end = Math.max(last.firstKey() + last.keys(), scope.firstKey() + scope.keys());
                last = new Scope(last.begin(), last.rows() + scope.rows(), firstKey, end - firstKey, true);
            } else {
                joined.add(last);
                last = scope;
            }
        }
        joined.add(last);
        return joined;
    }

    /** Writes what is added to the scores of a scope's rows, {@code [rows, keys]}: nothing to those of keys they see. */
    void mask(Scope scope, FloatBuffer target) {
        for (int i = 0; i < scope.rows(); i++) {
            int row = scope.begin() + i;
            for (int key = 0; key < scope.keys(); key++) {
                int position = scope.firstKey() + key;
                boolean seen = position >= from[row] && position < to[row];
                target.put(i * scope.keys() + key, seen ? 0 : ModelSpec.FORBIDDEN);
            }
        }
    }
}
