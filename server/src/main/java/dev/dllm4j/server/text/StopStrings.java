package dev.dllm4j.server.text;

import java.util.List;
import java.util.Optional;

/**
 * Strings that end a text, looked for while it arrives in pieces of any size. What could be the beginning of one is
 * held back. Of several, the one that is complete first counts, and of those the longest, so that the answer does not
 * depend on the pieces. Mutable, confined to one thread.
 */
public final class StopStrings {
    private final List<String> stops;
    /** Characters of the text that are out. */
    private int out;

    private final StringBuilder held = new StringBuilder();
    private boolean found;

    /** @param stops none of them empty */
    public StopStrings(List<String> stops) {
        if (stops.contains("")) {
            throw new IllegalArgumentException("stop has an empty string; every text would end at once, leave it out");
        }
        this.stops = List.copyOf(stops);
    }

    /** The text that is certain to stand before any stop string. */
    public String append(String piece) {
        if (found) {
            return "";
        }
        int from = held.length();
        held.append(piece);
        Optional<Integer> stop = firstStop(from);
        found = stop.isPresent();
        return release(stop.orElseGet(() -> held.length() - longestBeginning()));
    }

    /** The rest: nothing more will come. */
    public String finish() {
        return found ? "" : release(held.length());
    }

    /** Whether a stop string was met. */
    public boolean found() {
        return found;
    }

    /** Characters handed out so far. */
    public int length() {
        return out;
    }

    private String release(int end) {
        String released = held.substring(0, end);
        held.delete(0, end);
        out += end;
        return released;
    }

    /** Where the stop string begins that is complete first. */
    private Optional<Integer> firstStop(int from) {
        for (int end = from + 1; end <= held.length(); end++) {
            int begin = end;
            for (String stop : stops) {
                if (stop.length() <= end && stands(stop, stop.length(), end - stop.length())) {
                    begin = Math.min(begin, end - stop.length());
                }
            }
            if (begin < end) {
                return Optional.of(begin);
            }
        }
        return Optional.empty();
    }

    /** Length of the longest suffix that a stop string could begin with. */
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stands(stop, length, held.length() - length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    /** Whether so many first characters of a stop string are at a place of what is held. */
    private boolean stands(String stop, int length, int at) {
        for (int i = length - 1; i >= 0; i--) {
            if (held.charAt(at + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
