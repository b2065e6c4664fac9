package dev.dllm4j.decoder.checkpoint;

import dev.dllm4j.decoder.text.AddedToken;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tokens added to a vocabulary when all files have had their say, as transformers makes them when it loads a
 * tokenizer: tokens that a file declares take the properties declared there, tokens that are named become special, one
 * that is special stays so, and one that the tokenizer does not know yet gets an id after its last.
 */
public final class AddedTokens {
    /** A token and its id. */
    public record Entry(int id, AddedToken token) {}

    private final Map<String, Entry> byContent = new LinkedHashMap<>();
    private final VocabularyScan vocabulary;
    private final boolean stated;
    private final Set<Integer> taken = new HashSet<>();
    private int last = -1;
    private int beside;
    private boolean changed;

    private AddedTokens(VocabularyScan vocabulary, boolean stated) {
        this.vocabulary = vocabulary;
        this.stated = stated;
    }

    /**
     * For a {@code tokenizer.json}. Ids that other files state do not count, as the library gives them itself.
     *
     * @param stored the file's own
     */
    static AddedTokens beside(List<Entry> stored, VocabularyScan vocabulary, TokenizerConfig config) {
        AddedTokens added = new AddedTokens(vocabulary, false);
        stored.forEach(added::keep);
        Map<Integer, AddedToken> declared = new TreeMap<>(config.declared());
        if (!config.complete()) {
            stored.forEach(entry -> declared.put(entry.id(), entry.token()));
        }
        added.add(declared, config);
        return added;
    }

    /** For a tokenizer written in Python, whose files state the ids. */
    static AddedTokens stated(VocabularyScan vocabulary, TokenizerConfig config) {
        AddedTokens added = new AddedTokens(vocabulary, true);
        added.add(config.declared(), config);
        return added;
    }

    /** In the order in which they are added; the ids of those that are new rise. */
    public List<Entry> entries() {
        return List.copyOf(byContent.values());
    }

    /** Whether there are others, or with other properties, than are stored. */
    public boolean changed() {
        return changed;
    }

    private void add(Map<Integer, AddedToken> declared, TokenizerConfig config) {
        Set<String> names = new HashSet<>();
        config.named().values().forEach(token -> names.add(token.content()));
        Set<String> known = new HashSet<>(byContent.keySet());
        declared.forEach((id, token) -> {
            known.add(token.content());
            put(id, names.contains(token.content()) ? token.asSpecial() : token);
        });
        List<AddedToken> rest = new ArrayList<>(config.named().values());
        rest.addAll(config.extra());
        for (AddedToken token : rest) {
            if (known.add(token.content())) {
                put(-1, token);
            }
        }
    }

    /** @param statedId below 0 where no file states one */
    private void put(int statedId, AddedToken token) {
        if (token.content().isEmpty()) {
            return;
        }
        Entry before = byContent.get(token.content());
        Entry entry = before == null
                ? new Entry(newId(statedId, token.content()), token)
                : new Entry(before.id(), before.token().special() ? token.asSpecial() : token);
        changed |= !entry.equals(before);
        keep(entry);
    }

    private void keep(Entry entry) {
        boolean fresh = byContent.put(entry.token().content(), entry) == null;
        if (fresh && !vocabulary.ids().containsKey(entry.token().content())) {
            beside++;
        }
        taken.add(entry.id());
        last = Math.max(last, entry.id());
    }

    private int newId(int statedId, String content) {
        Integer own = vocabulary.ids().get(content);
        if (own != null) {
            return own;
        }
        if (!stated) {
            return Math.max(vocabulary.size(), last + 1); // as the tokenizers library counts
        }
        return statedId < 0 ? nextFree() : statedId;
    }

    /** As the tokenizers in Python count: by how many tokens there are, whatever their ids. */
    private int nextFree() {
        int id = vocabulary.size() + beside;
        while (taken.contains(id)) {
            id++;
        }
        return id;
    }
}
