package dev.dllm4j.decoder.text;

import dev.dllm4j.decoder.file.Quote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The words of texts that a tokenizer has no token for. Only a closed vocabulary lacks any: byte-level BPE spells every
 * text. Safe for use by several threads.
 */
public final class UnknownWords {
    private static final List<String> TOKENS = List.of("<|unk|>", "<unk>", "[UNK]");
    private static final int MOST_NAMED = 5;
    /** Words that are encoded in search of those to name, so that a long text costs little more than a short one. */
    private static final int MOST_TRIED = 500;

    private static final int LONGEST = 40;

    private final Tokenizer tokenizer;
    private final OptionalInt unknown;

    public UnknownWords(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.unknown = TOKENS.stream()
                .map(tokenizer::id)
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElse(OptionalInt.empty());
    }

    /** How many ids stand for what the vocabulary lacks. */
    public int count(int[] ids) {
        return unknown.isEmpty()
                ? 0
                : (int) IntStream.of(ids).filter(id -> id == unknown.getAsInt()).count();
    }

    /**
     * Why little is to be expected of an answer, in one line that names some of the words; empty where the vocabulary
     * has them all.
     *
     * @param prompts token ids that the model is given
     * @param texts what they were made of, as far as the words are to be looked for there
     */
    public Optional<String> doubt(List<int[]> prompts, List<String> texts) {
        int count = prompts.stream().mapToInt(this::count).sum();
        if (count == 0) {
            return Optional.empty();
        }
        int all = prompts.stream().mapToInt(ids -> ids.length).sum();
        Set<String> words = words(texts);
        return Optional.of(count + " of the prompt's " + all + " tokens " + (count == 1 ? "is" : "are")
                + " unknown to the model" + (words.isEmpty() ? "" : " (" + String.join(", ", words) + ")")
                + "; its vocabulary is not made for this text, so expect little of its answer");
    }

    private Set<String> words(List<String> texts) {
        Set<String> named = new LinkedHashSet<>();
        List<String> words = texts.stream()
                .flatMap(text -> Arrays.stream(text.split("\\s+")))
                .filter(word -> !word.isEmpty())
                .distinct()
                .limit(MOST_TRIED)
                .toList();
        for (String word : words) {
            boolean longer = word.codePointCount(0, word.length()) > LONGEST;
            name(longer ? word.substring(0, word.offsetByCodePoints(0, LONGEST + 1)) : word)
                    .ifPresent(named::add);
            if (named.size() > MOST_NAMED) {
                List<String> shown = new ArrayList<>(named).subList(0, MOST_NAMED);
                shown.add("…");
                return new LinkedHashSet<>(shown);
            }
        }
        return named;
    }

    /** A word as it is named: without the signs around it, unless it is these that are unknown. */
    private Optional<String> name(String word) {
        String bare = word.replaceAll("^[^\\p{L}\\p{N}]+|[^\\p{L}\\p{N}]+$", "");
        if (!bare.isEmpty() && lacks(bare)) {
            return Optional.of(Quote.of(bare, LONGEST));
        }
        return lacks(word) ? Optional.of(Quote.of(word, LONGEST)) : Optional.empty();
    }

    private boolean lacks(String word) {
        return count(tokenizer.encode(word)) > 0;
    }
}
