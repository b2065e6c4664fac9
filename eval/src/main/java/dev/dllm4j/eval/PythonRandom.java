package dev.dllm4j.eval;

import java.util.BitSet;
import org.apache.commons.rng.core.source32.MersenneTwister;

/**
 * Draws what CPython's {@code random.Random(seed)} draws, so that samples of Python programs can be had again. One
 * thread.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/random.py">CPython, Lib/random.py</a>
 */
final class PythonRandom {
    private final MersenneTwister twister;

    /** @param seed of which CPython takes the absolute value */
    PythonRandom(long seed) {
        long magnitude = Math.abs(seed);
        int high = (int) (magnitude >>> 32);
        this.twister = new MersenneTwister(high == 0 ? new int[] {(int) magnitude} : new int[] {(int) magnitude, high});
    }

    /** {@code sample(range(population), count)}. */
    int[] sample(int population, int count) {
        if (count < 0 || count > population) {
            throw new IllegalArgumentException("count is " + count + "; it must be within [0, " + population + "]");
        }
        return population <= poolLimit(count) ? fromPool(population, count) : bySet(population, count);
    }

    /** {@code shuffle(list(range(count)))}. */
    int[] shuffled(int count) {
        int[] indices = range(count);
        for (int last = count - 1; last >= 1; last--) {
            int other = below(last + 1);
            int kept = indices[last];
            indices[last] = indices[other];
            indices[other] = kept;
        }
        return indices;
    }

    private int[] fromPool(int population, int count) {
        int[] pool = range(population);
        int[] drawn = new int[count];
        for (int draw = 0; draw < count; draw++) {
            int index = below(population - draw);
            drawn[draw] = pool[index];
            pool[index] = pool[population - draw - 1];
        }
        return drawn;
    }

    private int[] bySet(int population, int count) {
        BitSet taken = new BitSet(population);
        int[] drawn = new int[count];
        for (int draw = 0; draw < count; draw++) {
            int index = below(population);
            while (taken.get(index)) {
                index = below(population);
            }
            taken.set(index);
            drawn[draw] = index;
        }
        return drawn;
    }

    /** Up to this population a pool takes less memory than a set, as CPython reckons. */
    private static long poolLimit(int count) {
        return count <= 5 ? 21 : 21 + (long) Math.pow(4, Math.ceil(Math.log(count * 3.0) / Math.log(4)));
    }

    private int below(int bound) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(bound);
        int value = twister.nextInt() >>> (Integer.SIZE - bits);
        while (value >= bound) {
            value = twister.nextInt() >>> (Integer.SIZE - bits);
        }
        return value;
    }

    private static int[] range(int count) {
        int[] indices = new int[count];
        for (int index = 0; index < count; index++) {
            indices[index] = index;
        }
        return indices;
    }
}
