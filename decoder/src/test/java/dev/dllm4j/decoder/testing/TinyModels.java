package dev.dllm4j.decoder.testing;

import dev.dllm4j.cache.RowType;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.convert.ChangedManifest;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Models small enough to convert and open in a test. */
public final class TinyModels {
    private TinyModels() {}

    /** Three layers of awkward widths (no multiple of a vector register), grouped queries, 97 tokens. */
    public static OnnxModel open(Path folder, Family family) {
        return OnnxModel.open(convert(folder, shape(family)), RuntimeOptions.DEFAULT);
    }

    /** The same model with another sight. */
    public static OnnxModel open(Path folder, Family family, Sight sight) {
        return OnnxModel.open(convert(folder, family, sight), RuntimeOptions.DEFAULT);
    }

    /** The same model with another sight, as a folder. */
    public static Path convert(Path folder, Family family, Sight sight) {
        return withSight(convert(folder, shape(family)), sight);
    }

    /** A converted model that keeps rows as float16. */
    public static OnnxModel keepingHalves(Path model) {
        RuntimeOptions options = new RuntimeOptions(Device.CPU, 0, RuntimeOptions.DEFAULT_SCRATCH, RowType.F16);
        return OnnxModel.open(model, options);
    }

    /** The same model with its weights stored in another way. */
    public static OnnxModel open(Path folder, Family family, WeightType weights) {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), shape(family));
        return OnnxModel.open(convert(folder, checkpoint, weights), RuntimeOptions.DEFAULT);
    }

    /** Rows long enough for groups of four-bit codes; an odd number of groups in the feed-forward part. */
    public static TinyCheckpoints.Shape wide() {
        return new TinyCheckpoints.Shape(Family.LLADA, 3, 64, 4, 2, 96, 97, 256, false, DataType.F32, 11);
    }

    /** A wide model with its weights stored in some way. */
    public static OnnxModel openWide(Path folder, WeightType weights) {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), wide());
        return OnnxModel.open(convert(folder, checkpoint, weights), RuntimeOptions.DEFAULT);
    }

    private static TinyCheckpoints.Shape shape(Family family) {
        return new TinyCheckpoints.Shape(family, 3, 36, 6, 3, 50, 97, 256, false, DataType.F32, 11);
    }

    /** A random checkpoint as a converted model folder. */
    public static Path convert(Path folder, TinyCheckpoints.Shape shape) {
        return convert(folder, TinyCheckpoints.write(folder.resolve("checkpoint"), shape));
    }

    /** A checkpoint as a converted model folder, in float32. */
    public static Path convert(Path folder, Path checkpoint) {
        return convert(folder, checkpoint, WeightType.F32);
    }

    /** A checkpoint as a converted model folder. */
    public static Path convert(Path folder, Path checkpoint, WeightType weights) {
        Path model = folder.resolve("model");
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Converter.convert(checkpoint, model, new ConvertOptions(weights), ConvertProgress.SILENT);
        return model;
    }

    /** Gives a converted model another sight; returns its folder. */
    public static Path withSight(Path model, Sight sight) {
        ChangedManifest.write(model, spec -> BlockSpecs.seeing(spec, sight));
        return model;
    }

    /** The same with another rotary base in layers that see only what is near. */
    public static Path withSight(Path model, Sight sight, double localTheta) {
        ChangedManifest.write(model, spec -> {
            Rotary rotary = spec.rotary();
            return BlockSpecs.seeing(spec, sight, new Rotary(rotary.theta(), localTheta, rotary.width()));
        });
        return model;
    }

    /** A checkpoint, converted and opened with its tokenizer. */
    public static Decoder decoder(Path folder, Path checkpoint) {
        return Decoder.open(convert(folder, checkpoint), RuntimeOptions.DEFAULT);
    }
}
