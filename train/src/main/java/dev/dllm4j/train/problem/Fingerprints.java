package dev.dllm4j.train.problem;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which texts have come, told apart by 63 bits of their SHA-256. Two of a hundred million share those with a probability
 * of 0.0006; the second one then counts as come, so that what is said to be new always is.
 */
final class Fingerprints {
    private static final int LARGEST = 1 << 30;
    /** Stands for an empty slot. */
    private static final long NONE = 0;

    private final long[] slots;
    private final MessageDigest digest;

    /** @param most texts that will be new */
    Fingerprints(int most) {
        this.slots = new long[slots(most)];
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Memory that so many texts take; more than any machine has where they are too many. */
    static long bytes(int most) {
        return most > LARGEST / 4 * 3 ? Long.MAX_VALUE : 8L * slots(most);
    }

    /** Whether a text is new. */
    boolean add(String text) {
        long print =
                Math.max(1, ByteBuffer.wrap(digest.digest(text.getBytes(UTF_8))).getLong() & Long.MAX_VALUE);
        int slot = (int) print & (slots.length - 1);
        while (slots[slot] != NONE && slots[slot] != print) {
            slot = (slot + 1) & (slots.length - 1);
        }
        boolean fresh = slots[slot] == NONE;
        slots[slot] = print;
        return fresh;
    }

    /** A power of two of which three quarters are enough. */
    private static int slots(int most) {
        long needed = Math.max(16, (4L * most + 2) / 3);
        return (int) Math.min(LARGEST, Long.highestOneBit(needed - 1) << 1);
    }
}
