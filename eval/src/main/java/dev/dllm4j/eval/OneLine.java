package dev.dllm4j.eval;

/** Text from elsewhere as a message or a result shows it: on one line, short, and nothing that a terminal obeys. */
final class OneLine {
    private OneLine() {}

    /** @param most characters of the line */
    static String of(String text, int most) {
        String start = text.substring(0, Math.min(text.length(), 4 * most));
        String line = start.replaceAll("[\\p{C}\\s]+", " ").strip();
        return line.length() <= most ? line : line.substring(0, most) + "…";
    }
}
