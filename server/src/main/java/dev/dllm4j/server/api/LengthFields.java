package dev.dllm4j.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.canvas.Window;
import java.util.Optional;

/**
 * How long a text may become: {@code max_tokens} under both its names, within what the server decodes. A canvas that
 * grows, and any canvas of a lenient server, is as long as it may be where more is asked for, and the answer says so.
 */
final class LengthFields {
    private static final int SLOT = 16;

    private final Fields request;
    private final Warnings warnings;
    private final int most;
    private final boolean mayBeShorter;
    private String field = "max_tokens";

    /** @param grows whether the canvas does */
    LengthFields(Fields request, RequestLimits limits, boolean grows) {
        this.request = request;
        warnings = request.warnings();
        most = limits.canvas();
        mayBeShorter = grows || warnings.lenient();
    }

    /** Whether less room than was asked for will do. */
    boolean mayBeShorter() {
        return mayBeShorter;
    }

    /** The field as it was sent; the older name where neither was, or both. */
    String name() {
        return field;
    }

    /** What was asked for, no more than the server decodes. */
    Optional<Integer> maxTokens() {
        Optional<Long> old = asked("max_tokens");
        Optional<Long> current = asked("max_completion_tokens");
        if (old.isPresent() && current.isPresent() && !old.equals(current)) {
            throw ApiError.field(
                    "max_tokens",
                    "max_tokens is " + old.get() + " and max_completion_tokens " + current.get()
                            + "; they mean the same, so give one of them");
        }
        field = old.isEmpty() && current.isPresent() ? "max_completion_tokens" : field;
        Optional<Long> asked = current.or(() -> old);
        asked.filter(tokens -> tokens > most).ifPresent(this::sayShorter);
        return asked.map(tokens -> (int) Math.min(tokens, most));
    }

    private Optional<Long> asked(String name) {
        JsonNode value = request.value(name);
        boolean tooMany = value.isIntegralNumber() && value.canConvertToLong() && value.longValue() > most;
        if (!tooMany) {
            return request.wholeNumber(name, 1, most);
        }
        if (!mayBeShorter) {
            throw ApiError.field(
                    name,
                    name + " is " + value.longValue() + "; it must be a whole number within [1, " + most
                            + "], which is the canvas limit, so ask for less, or for \"decoding\": {\"canvas\": \"grow\"}");
        }
        return Optional.of(value.longValue());
    }

    private void sayShorter(long tokens) {
        warnings.say(field, field + " is " + tokens + "; the canvas limit is " + most + ", so the text may end there");
    }

    /** Positions for so many tokens: blocks are decoded whole, so a text ends in the middle of one, a canvas does not. */
    int canvas(Optional<Integer> maxTokens, int otherwise, Window window) {
        int tokens = maxTokens.orElse(Math.min(otherwise, most));
        long rounded = window instanceof Blocks blocks
                ? (tokens + blocks.length() - 1L) / blocks.length() * blocks.length()
                : tokens;
        int shorter = CanvasPlan.wholeBlocks(most, window);
        if (rounded <= most) {
            return (int) rounded;
        }
        if (shorter > 0 && (mayBeShorter || maxTokens.isEmpty())) {
            maxTokens.ifPresent(asked -> warnings.say(
                    field,
                    field + " is " + asked + ", which is " + rounded + " in " + window + "; the canvas limit is " + most
                            + ", so the text may end at " + shorter));
            return shorter;
        }
        throw ApiError.field(
                field,
                field + " is " + tokens + ", which is " + rounded + " in " + window + "; the canvas limit is " + most
                        + ", so ask for " + (shorter > 0 ? shorter : "shorter blocks"));
    }

    /** Positions of a slot before so many tokens that are given; 16 where nothing is said. */
    int slot(Optional<Integer> max, int suffixTokens) {
        int slot = max.orElse(Math.min(SLOT, most));
        int room = most - suffixTokens;
        if (slot <= room) {
            return slot;
        }
        if (mayBeShorter && room > 0) {
            max.ifPresent(asked -> warnings.say(
                    field,
                    field + " is " + asked + " and suffix has " + suffixTokens + " tokens; the canvas limit is " + most
                            + ", so the slot has " + room));
            return room;
        }
        throw ApiError.field(
                "suffix",
                field + (max.isPresent() ? " is " : " is missing, so it is ") + slot + " and suffix has " + suffixTokens
                        + " tokens; together they must fit the canvas limit of " + most);
    }
}
