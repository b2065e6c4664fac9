package dev.dllm4j.decoder.benchmark;

import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Models that benchmarks run on, converted under decoder/target. */
public enum BenchmarkModel {
    /** The bundled model: 6 layers, d 128, 4 heads, ffn 352, vocabulary 135. */
    STARTER,
    /** LLaDA of 6 layers, d 512, 8 heads, ffn 1536, vocabulary 4096, with random weights. */
    RANDOM_6X512;

    /** One thread, so that wall time and CPU time mean the same work. */
    public static final RuntimeOptions RUNTIME = new RuntimeOptions(Device.CPU, 1);

    /** Positions of every benchmark's canvas. */
    public static final int CANVAS = 256;

    private static final TinyCheckpoints.Shape RANDOM_SHAPE =
            new TinyCheckpoints.Shape(Family.LLADA, 6, 512, 8, 8, 1536, 4096, 1024, false, DataType.F32, 7);

    private static final Path ROOT = Path.of(System.getProperty("dllm4j.root", ""));
    private static final Path FOLDER = ROOT.resolve("decoder/target/benchmark-models");

    /** Converts every model anew: a folder from an earlier run may hold graphs that the converter no longer writes. */
    static void convertAll() {
        try {
            delete(FOLDER);
            Files.createDirectories(FOLDER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (BenchmarkModel model : values()) {
            Converter.convert(model.checkpoint(), model.folder(), ConvertOptions.defaults(), ConvertProgress.SILENT);
        }
    }

    /** The converted model. */
    public Path folder() {
        return FOLDER.resolve(name().toLowerCase(Locale.ROOT));
    }

    /** Ordinary tokens, none of them mask or end in any of the models. */
    public static int[] prompt(int length) {
        return IntStream.range(0, length).map(position -> 3 + position % 100).toArray();
    }

    private Path checkpoint() {
        return switch (this) {
            case STARTER -> ROOT.resolve("models/src/main/resources/dev/dllm4j/models/starter");
            case RANDOM_6X512 -> TinyCheckpoints.write(FOLDER.resolve("random-checkpoint"), RANDOM_SHAPE);
        };
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
