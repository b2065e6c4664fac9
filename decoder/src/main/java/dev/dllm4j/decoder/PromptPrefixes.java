package dev.dllm4j.decoder;

import dev.dllm4j.cache.BlockGrid;
import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.cache.SequenceShape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Beginnings that prompts of one model have in common, such as a system prompt or few-shot examples. Nobody says where
 * they end, so the first prompt of a kind leaves the rows of all its tokens, and the second one starts from those they
 * have in common. Prompts of different tenants have nothing in common. Thread-safe.
 */
final class PromptPrefixes {
    /** Beginnings are compared at multiples of so many tokens, or of the first multiple of a block that is not less. */
    static final int GRAIN = 16;

    /** Beginnings whose prompts are remembered; some thousand prompts of some hundred tokens. */
    private static final int REMEMBERED = 1 << 16;

    private final String model;
    /** Each beginning, with the one whose rows were left last of those that contain it; itself before any were. */
    private final Map<Key, Key> seen = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Key> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param model identity of the weights */
    PromptPrefixes(String model) {
        this.model = model;
    }

    /**
     * Under what rows are shared.
     *
     * @param sha256 over the model, the tenant and the tokens
     */
    record Key(String model, String sha256) {}

    /**
     * What a prompt has in common with those of its tenant before it, from now on with those after it. In a model whose
     * blocks are final that is whole blocks, of prompts whose blocks lie alike.
     *
     * @param tenant whose prompt it is
     */
    Beginning of(int[] prompt, String tenant, SequenceShape shape) {
        Borders borders = Borders.of(shape);
        List<Key> keys = keys(prompt, tenant, borders);
        int common = 0;
        synchronized (seen) {
            for (Key key : keys) {
                common += seen.putIfAbsent(key, key) == null ? 0 : 1;
            }
        }
        return new Beginning(this, keys, common, borders);
    }

    private Key leftWith(Key beginning) {
        synchronized (seen) {
            return seen.getOrDefault(beginning, beginning);
        }
    }

    private void left(List<Key> beginnings) {
        Key longest = beginnings.get(beginnings.size() - 1);
        synchronized (seen) {
            beginnings.forEach(key -> seen.put(key, longest));
        }
    }

    /** Gives up what this model's sequences share. */
    void clear(LayerCache cache) {
        cache.unshare(key -> key instanceof Key shared && shared.model.equals(model));
    }

    /** Each is a hash over the one before and the next tokens. */
    private List<Key> keys(int[] prompt, String tenant, Borders borders) {
        List<Key> keys = new ArrayList<>();
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(digest.digest(model.getBytes(StandardCharsets.UTF_8)));
            digest.update(digest.digest(tenant.getBytes(StandardCharsets.UTF_8)));
            byte[] hash = digest.digest(String.valueOf(borders.grid()).getBytes(StandardCharsets.UTF_8));
            for (int count = 1; borders.end(count) <= borders.most(); count++) {
                int start = count == 1 ? 0 : borders.end(count - 1);
                ByteBuffer tokens = ByteBuffer.allocate((borders.end(count) - start) * Integer.BYTES);
                tokens.asIntBuffer().put(prompt, start, borders.end(count) - start);
                digest.update(hash);
                hash = digest.digest(tokens.array());
                keys.add(new Key(model, HexFormat.of().formatHex(hash)));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
        return keys;
    }

    /**
     * Where beginnings end.
     *
     * @param grid of the blocks that are final; null where none are
     * @param most positions of a beginning: whole blocks, and without the last row, which may predict the first mask
     */
    record Borders(@Nullable BlockGrid grid, int most) {
        static Borders of(SequenceShape shape) {
            BlockGrid grid = shape.grid();
            int last = shape.promptLength() - (grid != null && !shape.shifted() ? 0 : 1);
            return new Borders(grid, grid == null ? last : Math.min(grid.start(shape.promptLength()), last));
        }

        /** Exclusive end of the n-th beginning, counted from 1. */
        int end(int count) {
            if (grid == null) {
                return count * GRAIN;
            }
            int blocks = (GRAIN + grid.length() - 1) / grid.length();
            return grid.offset() + count * blocks * grid.length();
        }

        /** Whether rows of another prompt are those that this one would compute. */
        boolean exact() {
            return grid != null;
        }
    }

    /**
     * Of one prompt.
     *
     * @param keys of its beginnings, shortest first
     * @param common how many of them an earlier prompt had
     */
    record Beginning(PromptPrefixes prefixes, List<Key> keys, int common, Borders borders) {
        /**
         * Starts a sequence from the longest beginning that is kept; where its rows are an approximation, unless that is
         * much shorter than what is known to be common, or a small part of the prompt.
         *
         * @return positions borrowed
         */
        int borrow(LayerCache.Sequence sequence) {
            for (int count = keys.size(); count > 0 && (borders.exact() || worthBorrowing(count)); count--) {
                if (sequence.borrow(prefixes.leftWith(keys.get(count - 1)), borders.end(count))) {
                    return borders.end(count);
                }
            }
            return 0;
        }

        /**
         * Leaves the rows of what is common to those that come; of the whole prompt where that is little. Rows that were
         * borrowed are left again only where they are final, and a small part of the prompt.
         *
         * @param borrowed positions that the sequence started from
         */
        void share(LayerCache.Sequence sequence, int borrowed) {
            int left = borrowed == 0 && worthwhile(common) ? common : keys.size();
            boolean more = borrowed == 0 || (borders.exact() && 5 * borrowed < 4 * borders.most());
            if (left > 0 && more && sequence.share(keys.get(left - 1), borders.end(left))) {
                prefixes.left(keys.subList(0, left));
            }
        }

        private boolean worthBorrowing(int count) {
            return worthwhile(count) && 5 * count >= 4 * common;
        }

        private boolean worthwhile(int count) {
            return count > 0 && 4 * count >= keys.size();
        }
    }
}
