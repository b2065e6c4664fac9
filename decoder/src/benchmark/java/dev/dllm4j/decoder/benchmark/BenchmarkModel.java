package dev.dllm4j.decoder.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ExpertShape;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import java.io.File;
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
    /** The bundled model: 6 layers, d 128, 4 heads, ffn 352, vocabulary 870. */
    STARTER,
    /** LLaDA of 16 layers, d 2048, 16 heads, ffn 5632, vocabulary 65536: 1.09 billion random weights, given as bfloat16. */
    RANDOM_16X2048,
    /** LLaDA of 6 layers, d 512, 8 heads, ffn 1536, vocabulary 4096, with random weights. */
    RANDOM_6X512,
    /** The same weights, whose rows see their own block of 32 and those before it. */
    BLOCKS_6X512(32),
    /** The same in blocks of 4. */
    BLOCKS_OF_4_6X512(4),
    /** LLaDA-MoE of 16 layers, d 1024, 16 heads, 64 experts of ffn 512, 8 active, vocabulary 4096; 6.8 GB. */
    EXPERTS_16X1024,
    /** LLaDA of the same sizes and the same active width: ffn 4096. */
    DENSE_16X1024;

    /** One thread, so that wall time and CPU time mean the same work. */
    public static final RuntimeOptions RUNTIME = new RuntimeOptions(Device.CPU, 1);

    /** Positions of the canvas where a benchmark does not have one of its own. */
    public static final int CANVAS = 256;

    private static final TinyCheckpoints.Shape RANDOM_SHAPE =
            new TinyCheckpoints.Shape(Family.LLADA, 6, 512, 8, 8, 1536, 4096, 1024, false, DataType.F32, 7);

    private static final TinyCheckpoints.Shape LARGE =
            new TinyCheckpoints.Shape(Family.LLADA, 16, 2048, 16, 16, 5632, 65_536, 1024, false, DataType.BF16, 7);

    private static final ExpertShape EXPERTS = new ExpertShape(16, 1024, 16, 64, 8, 512, 4096, 1024);

    private static final TinyCheckpoints.Shape DENSE =
            new TinyCheckpoints.Shape(Family.LLADA, 16, 1024, 16, 16, 4096, 4096, 1024, false, DataType.F32, 7);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = Path.of(System.getProperty("dllm4j.root", ""));
    private static final Path FOLDER = ROOT.resolve("decoder/target/benchmark-models");

    /** Positions of a block; 0 where rows see everything. */
    private final int blockLength;

    BenchmarkModel() {
        this(0);
    }

    BenchmarkModel(int blockLength) {
        this.blockLength = blockLength;
    }

    /** Gives every model up: a folder from an earlier run may hold graphs that the converter no longer writes. */
    static void discardAll() {
        try {
            delete(FOLDER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The converted model in float32, made when it is first asked for. */
    public Path folder() {
        return folder(WeightType.F32);
    }

    /** The converted model, made when it is first asked for. */
    public Path folder(WeightType weights) {
        Path folder = FOLDER.resolve(name().toLowerCase(Locale.ROOT) + "-" + weights);
        if (!Files.exists(folder)) {
            try {
                Files.createDirectories(FOLDER);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Converter.convert(checkpoint(), folder, new ConvertOptions(weights), ConvertProgress.SILENT);
        }
        return folder;
    }

    /** A folder for what a benchmark makes itself. */
    public static Path scratch(String name) {
        return FOLDER.resolve("scratch-" + name);
    }

    /** Ordinary tokens, none of them mask or end in any of the models. */
    public static int[] prompt(int length) {
        return IntStream.range(0, length).map(position -> 3 + position % 100).toArray();
    }

    private Path checkpoint() {
        return switch (this) {
            case STARTER -> ROOT.resolve("models/src/main/resources/dev/dllm4j/models/starter");
            case RANDOM_6X512, BLOCKS_6X512, BLOCKS_OF_4_6X512 -> random();
            case RANDOM_16X2048 -> large();
            case EXPERTS_16X1024 -> EXPERTS.write(FOLDER.resolve("checkpoint-experts"));
            case DENSE_16X1024 -> TinyCheckpoints.write(FOLDER.resolve("checkpoint-dense"), DENSE);
        };
    }

    private Path large() {
        Path checkpoint = FOLDER.resolve("checkpoint-large");
        return Files.exists(checkpoint) ? checkpoint : TinyCheckpoints.write(checkpoint, LARGE);
    }

    private Path random() {
        Path checkpoint = TinyCheckpoints.write(FOLDER.resolve("checkpoint-" + blockLength), RANDOM_SHAPE);
        if (blockLength > 0) {
            File config = checkpoint.resolve("config.json").toFile();
            try {
                ObjectNode json = (ObjectNode) JSON.readTree(config);
                json.put("attention", "block_causal").put("block_length", blockLength);
                JSON.writeValue(config, json);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return checkpoint;
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
