package dev.dllm4j.train.run;

import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.train.model.TensorShapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What a run needs at most, about.
 *
 * @param weightBytes weights, gradients, the optimizer's state, the average, and a checkpoint's copy on its way to disk
 * @param activationBytes what the forward of the largest batch keeps for the backward
 */
public record Memory(long weightBytes, long activationBytes) {
    private static final Path LINUX = Path.of("/proc/meminfo");
    private static final int STATES = 5;
    private static final int COPIES = 5;
    /** Arrays a layer keeps of a row: of width d, of the feed-forward width, and of every head's scores. */
    private static final double WIDE = 34;

    private static final double INNER = 6;
    private static final double SCORES = 3;
    private static final double LOGITS = 4;

    /** Java and libtorch themselves. */
    private static final long BASE = 1L << 29;

    /** A starter's run. A position of a model of blocks has two rows in a batch at most: its text, and noised. */
    public static Memory of(ModelSpec spec, int batchRows) {
        long copies = spec.sight() instanceof BlockCausal ? 2 : 1;
        long longest = copies * Math.min(spec.context(), Canvases.LONGEST + 128L);
        return new Memory(
                bytes(TensorShapes.parameters(spec)) * (STATES + COPIES), activations(spec, batchRows, longest));
    }

    /**
     * Adapters beside a frozen model, which is there twice more while the merged checkpoint is written.
     *
     * @param longest positions of the longest sample
     * @param adapters numbers that are trained
     */
    public static Memory adapting(ModelSpec spec, int batchRows, int longest, long adapters) {
        return new Memory(
                3 * bytes(TensorShapes.parameters(spec)) + bytes(adapters) * (STATES + COPIES),
                activations(spec, batchRows, longest));
    }

    /** A converted model, which only decodes. */
    public static Memory decoding(ModelSpec spec, int batchRows) {
        double row = Math.max(4.0 * spec.hidden() + 3.0 * spec.feedForward().width(), spec.vocabulary());
        double kept = 3.0 * spec.layers() * spec.kvWidth();
        return new Memory(bytes(TensorShapes.parameters(spec)), (long) (batchRows * (row + kept) * Float.BYTES));
    }

    private static long activations(ModelSpec spec, int batchRows, long longest) {
        long rows = Math.max(batchRows, longest);
        double perLayer = WIDE * spec.hidden() + INNER * spec.feedForward().width() + SCORES * spec.heads() * longest;
        double perRow = spec.layers() * perLayer + LOGITS * spec.vocabulary();
        return (long) (rows * perRow * Float.BYTES);
    }

    private static long bytes(long parameters) {
        return parameters * Float.BYTES;
    }

    /** Refuses what cannot fit. */
    public void requireFree() {
        requireFree("--rows");
    }

    /** Refuses what cannot fit, and names the option that makes it fit. */
    public void requireFree(String option) {
        OptionalLong free = free();
        if (free.isPresent() && bytes() > free.getAsLong()) {
            throw new IllegalArgumentException("the run needs " + gib(bytes()) + " and " + gib(free.getAsLong())
                    + " are free; choose fewer " + option + " or a smaller model");
        }
    }

    long bytes() {
        return BASE + weightBytes + activationBytes;
    }

    @Override
    public String toString() {
        return "memory: about " + gib(bytes()) + ", of it " + gib(weightBytes) + " for weights and optimizer";
    }

    /** What the system can give; empty where it does not say. */
    private static OptionalLong free() {
        try {
            return Files.readAllLines(LINUX).stream()
                    .filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1 << 30));
    }
}
