package dev.dllm4j.decoder.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The parts in which a tokenizer's library is given a text, or the refusal of one that it is not given. Immutable. */
final class TextParts {
    private final Optional<Cuts> cuts;
    private final boolean boundRuns;
    private final TextLimits limits;

    private TextParts(Optional<Cuts> cuts, boolean boundRuns, TextLimits limits) {
        this.cuts = cuts;
        this.boundRuns = boundRuns;
        this.limits = limits;
    }

    static TextParts of(TokenizerFile file, TextLimits limits) {
        boolean known = file.expressions().stream().allMatch(SplitExpressions::known);
        return new TextParts(Cuts.of(file), !known, limits);
    }

    /**
     * A text's parts in their order.
     *
     * @throws IllegalArgumentException if a part, or a run of characters in it, would be too long
     */
    List<String> of(String text) {
        if (boundRuns) {
            requireShortRuns(text);
        }
        if (text.length() <= limits.part()) {
            return List.of(text);
        }
        List<String> parts = new ArrayList<>();
        for (int start = 0; start < text.length(); ) {
            int end = end(text, start);
            parts.add(text.substring(start, end));
            start = end;
        }
        return List.copyOf(parts);
    }

    /** The last cut of a part of ordinary length, or the first behind it. */
    private int end(String text, int start) {
        if (text.length() - start <= limits.part()) {
            return text.length();
        }
        if (cuts.isPresent()) {
            Cuts places = cuts.get();
            int ordinary = start + limits.part();
            for (int position = ordinary; position > start; position--) {
                if (places.at(text, position)) {
                    return position;
                }
            }
            int last = (int) Math.min((long) start + limits.longest(), text.length());
            for (int position = ordinary + 1; position <= last; position++) {
                if (places.at(text, position)) {
                    return position;
                }
            }
        }
        if (text.length() - start <= limits.longest()) {
            return text.length();
        }
        throw new IllegalArgumentException(
                cuts.isPresent()
                        ? "the text has more than " + limits.longest() + " characters on end from character " + start
                                + " on without a word's end; the tokenizer takes no more at once, so break them up"
                                + " with spaces"
                        : "the text has " + text.length() + " characters; this tokenizer takes it as a whole, of "
                                + limits.longest() + " characters at most, so shorten it");
    }

    private void requireShortRuns(String text) {
        int start = 0;
        int kind = -1;
        for (int position = 0; position < text.length(); position++) {
            int found = kind(text.charAt(position));
            if (found != kind) {
                kind = found;
                start = position;
            } else if (position - start >= limits.run()) {
                throw new IllegalArgumentException("the text has more than " + limits.run()
                        + " characters of one kind on end from character " + start
                        + " on; this tokenizer's own expression is not known to bear more, so break them up");
            }
        }
    }

    private static int kind(char character) {
        if (Character.isLetter(character)) {
            return 0;
        }
        if (Character.isDigit(character)) {
            return 1;
        }
        return Character.isWhitespace(character) ? 2 : 3;
    }
}
