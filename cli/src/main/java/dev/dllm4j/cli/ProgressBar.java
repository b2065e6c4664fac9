package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ConvertProgress;
import java.util.Locale;

/** How far a conversion is: a line on a terminal, and the last numbers for good. */
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
        numbers = size(bytes) + " of " + size(totalBytes) + ", " + tensors + " of " + totalTensors + " tensors";
        line.show(new Gauge(totalBytes == 0 ? 1 : bytes / (double) totalBytes, numbers));
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
