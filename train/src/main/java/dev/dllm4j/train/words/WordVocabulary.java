package dev.dllm4j.train.words;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Tokens by id: special tokens first, then digits, signs and words. A word or sign has the blank before it in its token;
 * a number is a blank and its digits, each a token.
 *
 * @param ids by token, in the order of the ids
 */
public record WordVocabulary(Map<String, Integer> ids) {
    public static final int MASK = 0;
    public static final int END = 1;
    public static final int BEGIN = 2;
    public static final int ANSWER = 3;
    public static final int FIRST_PAD = 4;
    public static final int PADS = 32;
    public static final int UNKNOWN = FIRST_PAD + PADS;

    static final String BLANK = "\u2581";
    private static final String PUNCTUATION = ".,?";
    private static final List<String> SIGNS = List.of("+", "-", "*", "/", "=", "####");

    public WordVocabulary {
        ids = Collections.unmodifiableMap(new LinkedHashMap<>(ids));
    }

    /** The vocabulary of texts made of these words. */
    public static WordVocabulary of(Collection<String> words) {
        List<String> tokens = new ArrayList<>(specials());
        for (char digit = '0'; digit <= '9'; digit++) {
            tokens.add(String.valueOf(digit));
        }
        PUNCTUATION.chars().forEach(sign -> tokens.add(Character.toString(sign)));
        tokens.add(BLANK);
        SIGNS.forEach(sign -> tokens.add(BLANK + sign));
        new TreeSet<>(words).forEach(word -> tokens.add(BLANK + word));
        Map<String, Integer> ids = new LinkedHashMap<>();
        tokens.forEach(token -> ids.putIfAbsent(token, ids.size()));
        return new WordVocabulary(ids);
    }

    public int size() {
        return ids.size();
    }

    /** Special tokens in the order of their ids. */
    static List<String> specials() {
        List<String> specials = new ArrayList<>(List.of("<|mask|>", "<|endoftext|>", "<|startoftext|>", "<|answer|>"));
        for (int pad = 0; pad < PADS; pad++) {
            specials.add("<|pad_" + pad + "|>");
        }
        specials.add("<|unk|>");
        return specials;
    }
}
