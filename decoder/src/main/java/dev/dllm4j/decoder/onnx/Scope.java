package dev.dllm4j.decoder.onnx;

import dev.dllm4j.cache.BlockGrid;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.model.Sight;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of a segment that attend in one run, and the keys they attend to.
 *
 * <p>Under {@link Sight.BlockCausal} a scope is the rows of one block, so that none needs a mask. Where forwards compute
 * whole blocks, a block's scope is the same whatever other blocks a forward computes, and so are its bits: computed
 * together with the block before it, or behind rows that an earlier forward kept, it gets what it gets by itself. A
 * block of one row takes a matrix-vector kernel, which sums in another order than a matrix product, but takes it in
 * every forward.
 *
 * @param begin the first row, counted within the segment
 * @param keys how many of the segment's keys are seen, the first ones: of so many positions where rows are kept, else of
 *     so many rows
 */
record Scope(int begin, int rows, int keys) {
    /**
     * The scopes of a segment's rows, which together are all of them.
     *
     * @throws IllegalArgumentException where rows see by their position, none are kept, and they are in no order
     */
    static List<Scope> of(Sight sight, Segment segment) {
        if (sight instanceof Sight.BlockCausal blocks) {
            return blocks(blocks.grid(segment.request().canvas().promptLength()), segment);
        }
        return List.of(new Scope(0, segment.rows(), segment.keys()));
    }

    /** Neighbours of one block attend together: all its rows, if no others stand in between. */
    private static List<Scope> blocks(BlockGrid grid, Segment segment) {
        segment.requireKeysInOrder();
        boolean keeps = segment.request().kept() != null;
        Positions positions = segment.positions();
        List<Scope> scopes = new ArrayList<>();
        int next = 0;
        for (int begin = 0; begin < segment.rows(); begin = next) {
            int start = grid.start(positions.get(begin));
            int end = grid.end(positions.get(begin));
            next = begin + 1;
            while (next < segment.rows() && positions.get(next) >= start && positions.get(next) < end) {
                next++;
            }
            scopes.add(new Scope(begin, next - begin, keeps ? Math.min(end, segment.keys()) : next));
        }
        return scopes;
    }
}
