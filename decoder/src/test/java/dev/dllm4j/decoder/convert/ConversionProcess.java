package dev.dllm4j.decoder.convert;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A conversion in a JVM of its own, whose memory and end can be watched. */
final class ConversionProcess {
    /** Said once some weights are written, by a conversion that then stands still. */
    static final String STANDS_STILL = "some weights are written";

    /** Said before the largest resident memory in KiB, or before {@link #UNKNOWN}. */
    static final String PEAK = "peak: ";

    static final String UNKNOWN = "unknown";

    private static final Path STATUS = Path.of("/proc/self/status");

    private ConversionProcess() {}

    static Process start(Path checkpoint, Path output, WeightType type, String progress, String... jvmOptions)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(jvmOptions));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ConversionProcess.class.getName()));
        command.addAll(List.of(checkpoint.toString(), output.toString(), type.name(), progress));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .directory(new File(System.getProperty("java.io.tmpdir")))
                .start();
    }

    public static void main(String[] arguments) throws IOException {
        ConvertProgress progress =
                arguments[3].equals("stand-still") ? (a, b, c, d) -> standStill() : ConvertProgress.SILENT;
        Converter.convert(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                new ConvertOptions(WeightType.valueOf(arguments[2])),
                progress);
        System.out.println(PEAK + (Files.exists(STATUS) ? peakKibibytes() : UNKNOWN));
    }

    private static void standStill() {
        System.out.println(STANDS_STILL);
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Largest resident memory of this process so far. */
    private static String peakKibibytes() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> line.replaceAll("\\D", ""))
                .findFirst()
                .orElse(UNKNOWN);
    }
}
