package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import java.nio.file.Path;
import java.util.Random;

/**
 * A random model, converted and open, beside the reference that reads the same checkpoint.
 *
 * <p>Float32 checkpoints are given what random weights lack: norms that differ from 1 and from each other, logits wide
 * enough for high and low confidences, and a mask token that is often the best.
 */
public record ReferenceModel(TinyCheckpoints.Shape shape, OnnxModel model, ReferenceTransformer reference)
        implements AutoCloseable {
    /** Rotary base of layers that see only what is near, unlike that of the others. */
    private static final double LOCAL_THETA = 70;

    /**
     * Makes a model that sees everything.
     *
     * @param folder empty
     * @param matrices type that the checkpoint is converted to
     */
    public static ReferenceModel open(Path folder, TinyCheckpoints.Shape shape, DataType matrices) {
        return open(folder, shape, matrices, new Sight.Everything());
    }

    /** As above, with another sight; layers that see only what is near have a rotary base of their own. */
    public static ReferenceModel open(Path folder, TinyCheckpoints.Shape shape, DataType matrices, Sight sight) {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), shape);
        if (shape.type() == DataType.F32) {
            enliven(CheckpointTensors.read(checkpoint), shape);
        }
        Path converted = folder.resolve("model");
        Converter.convert(
                checkpoint, converted, new ConvertOptions(WeightType.valueOf(matrices.name())), ConvertProgress.SILENT);
        ReferenceTransformer reference = ReferenceTransformer.read(checkpoint, matrices);
        if (sight instanceof Sight.Alternating near) {
            TinyModels.withSight(converted, near, LOCAL_THETA);
            reference = reference.turning(near::local, LOCAL_THETA);
        } else {
            TinyModels.withSight(converted, sight);
        }
        return new ReferenceModel(shape, OnnxModel.open(converted, RuntimeOptions.DEFAULT), reference);
    }

    /**
     * Opens a float32 checkpoint as its family reads it.
     *
     * @param folder where the model goes
     * @param shape of its vocabulary, layers and readout
     */
    public static ReferenceModel of(Path folder, Path checkpoint, TinyCheckpoints.Shape shape) {
        enliven(CheckpointTensors.read(checkpoint), shape);
        OnnxModel model = OnnxModel.open(TinyModels.convert(folder, checkpoint), RuntimeOptions.DEFAULT);
        return new ReferenceModel(shape, model, ReferenceTransformer.read(checkpoint, DataType.F32));
    }

    /** What the model's rows see on a canvas with a prompt of so many positions. */
    public ReferenceMask mask(int promptLength) {
        return ReferenceMask.of(model.spec().sight(), promptLength);
    }

    @Override
    public void close() {
        model.close();
    }

    private static void enliven(CheckpointTensors tensors, TinyCheckpoints.Shape shape) {
        for (String name : tensors.names()) {
            if (name.contains("norm.") || name.contains("ln_f.")) {
                Random random = new Random(name.hashCode());
                tensors.change(name, (index, value) -> 0.5 + random.nextDouble());
            }
            if (name.matches("lm_head\\.weight|model\\.transformer\\.ff_out\\.weight")) {
                int maskRow = shape.maskToken() * shape.hidden();
                tensors.change(name, (index, value) -> (index < maskRow ? 3 : 6) * value);
            }
        }
        tensors.save();
    }
}
