package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ConvertProgress;
import java.util.Locale;

/** How far a conversion and its check are: a line on a terminal, and the conversion's last numbers for good. */
final class ProgressBar implements ConvertProgress, AutoCloseable {
    private final Terminal terminal;
    private final ProgressLine line;
    private String numbers = "";

    ProgressBar(Terminal terminal) {
        this.terminal = terminal;
        this.line = new ProgressLine(terminal, "");
    }

    @Override
    public void advanced(long bytes, long totalBytes, int tensors, int totalTensors) {
        numbers = numbers(bytes, totalBytes, tensors, totalTensors);
        show(bytes, totalBytes, numbers);
    }

    /** Some more is written of what the conversion is checked against. */
    void referenceAdvanced(long bytes, long totalBytes, int tensors, int totalTensors) {
        show(bytes, totalBytes, numbers(bytes, totalBytes, tensors, totalTensors) + ", to check against");
    }

    /** Some more positions are decoded to check the conversion. */
    void checkAdvanced(long positions, long totalPositions) {
        show(positions, totalPositions, "checking, " + positions + " of " + totalPositions + " positions decoded");
    }

    private void show(long done, long total, String words) {
        line.show(new Gauge(total == 0 ? 1 : done / (double) total, words));
    }

    private static String numbers(long bytes, long totalBytes, int tensors, int totalTensors) {
        return size(bytes) + " of " + size(totalBytes) + ", " + tensors + " of " + totalTensors + " tensors";
    }

    @Override
    public void close() {
        line.close();
        if (!numbers.isEmpty()) {
            terminal.err().println(numbers);
        }
    }

    private static String size(long bytes) {
        return bytes < 1 << 30
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20))
                : String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1 << 30));
    }
}
