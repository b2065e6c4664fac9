package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.model.Sight;

/** What the rows of a canvas see, pair by pair. */
@FunctionalInterface
public interface ReferenceMask {
    ReferenceMask EVERYTHING = (layer, row, key) -> true;

    /** Whether the row of a position sees the key of another, or its own. */
    boolean sees(int layer, int row, int key);

    static ReferenceMask of(Sight sight, int promptLength) {
        if (sight instanceof Sight.BlockCausal blocks) {
            int origin = blocks.origin() == Sight.Origin.START ? 0 : promptLength;
            int length = blocks.length();
            return (layer, row, key) -> Math.floorDiv(key - origin, length) <= Math.floorDiv(row - origin, length);
        }
        if (sight instanceof Sight.Alternating near) {
            return (layer, row, key) -> layer % near.globalEvery() == 0 || Math.abs(row - key) <= near.reach();
        }
        return EVERYTHING;
    }
}
