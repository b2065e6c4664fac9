package dev.dllm4j.decoder;

import dev.dllm4j.cache.LayerCache;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Beginnings that prompts of one model have in common, such as a system prompt or few-shot examples. Nobody says where
 * they end, so the first prompt of a kind leaves the rows of all its tokens, and the second one starts from those they
 * have in common. Prompts of different tenants have nothing in common. Thread-safe.
 */
final class PromptPrefixes {
    /** Beginnings are compared at multiples of so many tokens. */
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
     * What a prompt has in common with those of its tenant before it, from now on with those behind it.
     *
     * @param tenant whose prompt it is
     */
    Beginning of(int[] prompt, String tenant) {
        List<Key> keys = keys(prompt, tenant);
        int common = 0;
        synchronized (seen) {
            for (Key key : keys) {
                common += seen.putIfAbsent(key, key) == null ? 0 : 1;
            }
        }
        return new Beginning(this, keys, common);
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

    /** Each is a hash over the one before and the next tokens. A prompt's last row is always computed. */
    private List<Key> keys(int[] prompt, String tenant) {
        List<Key> keys = new ArrayList<>();
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(digest.digest(model.getBytes(StandardCharsets.UTF_8)));
            byte[] hash = digest.digest(tenant.getBytes(StandardCharsets.UTF_8));
            for (int end = GRAIN; end < prompt.length; end += GRAIN) {
                ByteBuffer tokens = ByteBuffer.allocate(GRAIN * Integer.BYTES);
                tokens.asIntBuffer().put(prompt, end - GRAIN, GRAIN);
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
     * Of one prompt.
     *
     * @param keys of its beginnings, shortest first
     * @param common how many of them an earlier prompt had
     */
    record Beginning(PromptPrefixes prefixes, List<Key> keys, int common) {
        /**
         * Starts a sequence from the longest beginning that is kept, unless that is much shorter than what is known to
         * be common, or a small part of the prompt.
         *
         * @return positions borrowed
         */
        int borrow(LayerCache.Sequence sequence) {
            for (int count = keys.size(); worthwhile(count) && 5 * count >= 4 * common; count--) {
                if (sequence.borrow(prefixes.leftWith(keys.get(count - 1)), count * GRAIN)) {
                    return count * GRAIN;
                }
            }
            return 0;
        }

        /** Leaves the rows of what is common to those that come; of the whole prompt where that is little. */
        void share(LayerCache.Sequence sequence) {
            int left = worthwhile(common) ? common : keys.size();
            if (left > 0 && sequence.share(keys.get(left - 1), left * GRAIN)) {
                prefixes.left(keys.subList(0, left));
            }
        }

        private boolean worthwhile(int count) {
            return count > 0 && 4 * count >= keys.size();
        }
    }
}
