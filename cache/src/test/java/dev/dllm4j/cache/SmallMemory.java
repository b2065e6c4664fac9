package dev.dllm4j.cache;

import dev.dllm4j.cache.LayerCache.Sequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Six sequences of 16 MiB in a budget for more than the JVM grants: says of each lease whether the rows were found, and
 * whether there are any. Then all are closed, and one of 8 MiB follows.
 */
final class SmallMemory {
    private static final int LAYERS = 4;
    private static final int POSITIONS = 1024;
    private static final RowWidths WIDTHS = RowWidths.keysAndValues(512);

    private SmallMemory() {}

    public static void main(String[] arguments) {
        LayerCache cache = new LayerCache(1L << 30);
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sequences.add(cache.open(LAYERS, POSITIONS, WIDTHS));
        }
        for (int forward = 0; forward < 2; forward++) {
            for (Sequence sequence : sequences) {
                lease(sequence);
            }
        }
        System.out.println("live " + (cache.liveBytes() >> 20));
        sequences.forEach(Sequence::close);
        System.out.println("live " + (cache.liveBytes() >> 20));
        try (Sequence half = cache.open(LAYERS, POSITIONS / 2, WIDTHS)) {
            lease(half);
            lease(half);
        }
        System.out.println("live " + (cache.liveBytes() >> 20));
    }

    private static void lease(Sequence sequence) {
        boolean found = sequence.lease();
        System.out.println((found ? "found " : "new ") + (sequence.rows() == null ? "nothing" : "rows"));
        sequence.release(0);
    }
}
