package dev.dllm4j.decoder.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.AddedTokens.Entry;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.text.AddedToken;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The tokens of a checkpoint, by all files it spreads them over. */
public final class CheckpointTokens {
    private final Path folder;
    private final TokenizerConfig config;
    private final VocabularyScan vocabulary;
    private final AddedTokens added;

    private CheckpointTokens(Path folder, TokenizerConfig config, VocabularyScan vocabulary, AddedTokens added) {
        this.folder = folder;
        this.config = config;
        this.vocabulary = vocabulary;
        this.added = added;
    }

    /**
     * Reads them.
     *
     * @param rows of the embedding, for {@link #requireRows}
     */
    public static CheckpointTokens read(Path folder, int rows) {
        TokenizerConfig config = config(folder);
        VocabularyScan vocabulary = new VocabularyScan(contents(config), rows);
        AddedTokens added = added(folder, config, vocabulary);
        for (Entry entry : added.entries()) {
            if (!vocabulary.ids().containsKey(entry.token().content())) {
                vocabulary.seeBeyond(entry.token().content(), entry.id());
            }
        }
        return new CheckpointTokens(folder, config, vocabulary, added);
    }

    private static AddedTokens added(Path folder, TokenizerConfig config, VocabularyScan vocabulary) {
        Path tokenizer = folder.resolve(TokenizerJson.NAME);
        if (ReadableFile.exists(tokenizer)) {
            List<Entry> stored = TokenizerJson.read(tokenizer, vocabulary);
            return AddedTokens.beside(stored, vocabulary, config);
        }
        if (SlowTokenizer.isIn(folder)) {
            SlowTokenizer.scan(folder, vocabulary);
            return AddedTokens.stated(vocabulary, config);
        }
        throw new ModelException(tokenizer + " is missing; a model is of no use without its tokenizer, copy it there");
    }

    /** The id of an added token. */
    public OptionalInt id(String content) {
        return added.entries().stream()
                .filter(entry -> entry.token().content().equals(content))
                .mapToInt(Entry::id)
                .findFirst();
    }

    /** The id of the token that has a name, e.g. {@code eos_token}. */
    public OptionalInt named(String name) {
        AddedToken token = config.named().get(name);
        return token == null ? OptionalInt.empty() : id(token.content());
    }

    public AddedTokens added() {
        return added;
    }

    /** Refuses a tokenizer that makes ids for which the embedding has no row. */
    public void requireRows() {
        int beyond = vocabulary.beyond();
        if (beyond > 0) {
            throw new ModelException(folder + ": its tokenizer has " + beyond + (beyond == 1 ? " token" : " tokens")
                    + " beyond the embedding, \"" + Quote.content(vocabulary.first()) + "\" first, with id "
                    + vocabulary.firstId() + "; the embedding has rows for ids 0 to " + (vocabulary.rows() - 1)
                    + "; take the tokenizer that these weights were saved with, or resize the embedding to it");
        }
    }

    private static TokenizerConfig config(Path folder) {
        try {
            return TokenizerConfig.read(folder, CheckpointTokens::json);
        } catch (IllegalArgumentException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A file's object, an empty one where there is no file. */
    public static ObjectNode json(Path file) {
        return ReadableFile.exists(file) ? JsonFile.read(file) : JsonFile.MAPPER.createObjectNode();
    }

    /** Every token that may have to be found in the vocabulary. */
    private static Set<String> contents(TokenizerConfig config) {
        Set<String> contents = new HashSet<>();
        config.named().values().forEach(token -> contents.add(token.content()));
        config.extra().forEach(token -> contents.add(token.content()));
        config.declared().values().forEach(token -> contents.add(token.content()));
        return contents;
    }
}
